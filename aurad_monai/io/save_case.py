# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""MONAI transform that writes the arrays of a case into the folders of a run.

Takes image (1, H, W), anatomy and pathology (C, H, W) of a case; gives PNG and NIfTI files.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from monai.config import KeysCollection
from monai.transforms.transform import MapTransform
from monai.utils import ensure_tuple

from aurad_monai.io.datalist import save_channels, save_image


class SaveCased(MapTransform):
    """Write arrays of a case into the folders of a run: images/ID.png (8-bit) and KEY/ID.nii.gz (x, y, channel).

    Args:
        keys: of image (1, H, W) float in [0, 1], anatomy and pathology (C, H, W) 0 or 1; the case also holds `id`.
        output_dir: folder of the run.
        names: what the arrays are, in the order of the keys, where the keys do not say it (`pred`).
    """

    def __init__(self, keys: KeysCollection, output_dir: str, names: KeysCollection | None = None) -> None:
        super().__init__(keys)
        self.output_dir = Path(output_dir)
        self.names = self.keys if names is None else ensure_tuple(names)

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        case = dict(data)
        for key, name in self.key_iterator(case, self.names):
            array = torch.as_tensor(case[key]).cpu().numpy()
            if name == "image":
                picture = np.rint(array[0] * 255).astype(np.uint8)
                save_image(self.output_dir / "images" / f"{case['id']}.png", picture)
            else:
                save_channels(self.output_dir / str(name) / f"{case['id']}.nii.gz", array.astype(np.uint8))
        return case
