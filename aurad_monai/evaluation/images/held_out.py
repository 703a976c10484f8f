# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The held-out evaluator: says whether an image shows a finding at its mask; never filters, never trains a generator.

Takes a filter bundle with `models/evaluator.pt`; gives a `MarkedFindings`. Its backbone is none of the filter's, and it
learned from half of the training patients (`recipes.experts.marked`). No config of a bundle names its weights, so that
no criterion can use it.
"""

from __future__ import annotations

from pathlib import Path

import torch

from aurad_monai.bundles.bundle import load_weights
from aurad_monai.experts.marked_findings import MarkedFindings, MarkedNetwork

WEIGHTS, SCALE = "evaluator.pt", "lite2"


def held_out_evaluator(bundle_root: Path, device: torch.device | str = "cpu") -> MarkedFindings:
    """The evaluator in the `models/` folder of a filter bundle, whose hashes were checked when it was opened."""
    network = MarkedNetwork(SCALE)
    load_weights(network, str(bundle_root / "models" / WEIGHTS))
    return MarkedFindings(network, device)
