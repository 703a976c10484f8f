# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Transform for the findings expert's training: masks with what is unknown marked, and findings of the whole image."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import torch
from monai.transforms.transform import Transform

from aurad_monai.datasets.presence import presence
from aurad_monai.vocabulary import FINDING_NAMES

UNKNOWN = 255
"""Value of a mask pixel of which nobody knows whether the finding is there."""


class FindingTargetsd(Transform):
    """Turn a case's masks, kind and readings into what `FindingsLoss` learns from.

    Masks of normal and composed cases are complete. A boxed case is known in the channels that have a box; a case
    without masks is known in none, except where it is read to be free of the finding.
    """

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        """Args: data with `image` (1, H, W) and, if known, `pathology` (findings, H, W). Adds `present` too."""
        case = dict(data)
        read = presence({str(key): value for key, value in case.items()})
        masks = case.get("pathology")
        shape = (len(FINDING_NAMES), *case["image"].shape[-2:])
        masks = torch.zeros(shape, dtype=torch.uint8) if masks is None else torch.as_tensor(masks, dtype=torch.uint8)
        drawn = masks.bool().flatten(1).any(dim=1).numpy()
        complete = case.get("kind") in (None, "normal", "composed") and "pathology" in data
        known = drawn | complete | (read == 0)
        masks = masks.clone()
        masks[torch.from_numpy(~known)] = UNKNOWN
        case["pathology"] = masks
        case["present"] = torch.from_numpy(np.where(drawn, 1.0, 0.0 if complete else read).astype(np.float32))
        return case
