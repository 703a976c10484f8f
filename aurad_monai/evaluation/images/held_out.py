# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The held-out evaluator: a findings expert that never filters and never trains a generator.

Takes a filter bundle with `models/evaluator.pt`; gives an expert whose maps are the same at every pixel. Its backbone
is none of the filter's, and it learned from half of the training patients (`recipes.experts.linear`). No config of a
bundle names its weights, so that no criterion can use it.
"""

from __future__ import annotations

from pathlib import Path

import torch

from aurad_monai.bundles.bundle import load_weights
from aurad_monai.experts.findings import FindingsExpert
from aurad_monai.experts.findings_network import WholeImageNetwork

WEIGHTS, SCALE = "evaluator.pt", "lite2"


def held_out_evaluator(bundle_root: Path, device: torch.device | str = "cpu") -> FindingsExpert:
    """The evaluator in the `models/` folder of a filter bundle, whose hashes were checked when it was opened."""
    network = load_weights(WholeImageNetwork(SCALE), str(bundle_root / "models" / WEIGHTS))
    return FindingsExpert(network, device)
