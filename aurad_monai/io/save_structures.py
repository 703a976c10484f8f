# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Last transform of inference by the anatomy expert: logits become clean structures, written in the layout of a run."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from monai.config import KeysCollection
from monai.transforms.transform import MapTransform

from aurad_monai.anatomy.region import smooth_region
from aurad_monai.io.datalist import save_channels


class SaveStructuresd(MapTransform):
    """Replace logits (C, H, W) by structures (0 or 1), one piece each, and write them to `output_dir/NAME.nii.gz`.

    Args:
        keys: keys that hold logits.
        output_dir: a folder; the file holds array (x, y, channel) uint8.
        image_key: key of the image, whose metadata names the file.
        allow_missing_keys: skip keys a case does not have.
    """

    def __init__(
        self, keys: KeysCollection, output_dir: str, image_key: str = "image", allow_missing_keys: bool = False
    ) -> None:
        super().__init__(keys, allow_missing_keys)
        self.output_dir = Path(output_dir)
        self.image_key = image_key

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        case = dict(data)
        name = Path(str(case[self.image_key].meta["filename_or_obj"])).stem
        for key in self.key_iterator(case):
            logits = torch.as_tensor(case[key]).detach().cpu().numpy()
            structures = np.stack([smooth_region(channel) for channel in logits]).astype(np.uint8)
            save_channels(self.output_dir / f"{name}.nii.gz", structures)
            case[key] = torch.from_numpy(structures)
        return case
