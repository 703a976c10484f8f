# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Last transform of the anatomy expert where one picture must hold all: logits become a label map of structures."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import torch
from monai.transforms.transform import MapTransform

from aurad_monai.anatomy.region import smooth_region
from aurad_monai.io.anatomy_file import to_labels


class LabelStructuresd(MapTransform):
    """Replace logits (3, H, W) by a label map (1, H, W) uint8 that `read_anatomy` reads, each structure one piece."""

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        case = dict(data)
        for key in self.key_iterator(case):
            logits = torch.as_tensor(case[key]).detach().cpu().numpy()
            case[key] = torch.from_numpy(to_labels(np.stack([smooth_region(channel) for channel in logits]))[None])
        return case
