# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""After a sampler: what it decoded joins the case, as a binary mask or as an image in range, and goes to disk."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from monai.config import KeysCollection
from monai.transforms.transform import MapTransform, Transform
from scipy import ndimage

from aurad_monai.io.datalist import save_channels, save_image


class Sampledd(Transform):
    """Put `pred` (C, H, W) under the key of what was sampled.

    Args:
        key: pathology or image.
        threshold: logits above it become 1 in a uint8 mask; None keeps an image and clamps it to [0, 1].
        least_pixels: connected parts of a mask with fewer pixels are specks of the sampler and go.
    """

    def __init__(self, key: str, threshold: float | None = None, least_pixels: int = 0) -> None:
        self.key = key
        self.threshold = threshold
        self.least_pixels = least_pixels

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        case = dict(data)
        decoded = case["pred"]
        if self.threshold is None:
            case[self.key] = decoded.float().clamp(0, 1)
        else:
            case[self.key] = self._without_specks((decoded > self.threshold).to(torch.uint8))
        return case

    def _without_specks(self, mask: torch.Tensor) -> torch.Tensor:
        for channel in mask:
            labels, count = ndimage.label(channel.cpu().numpy())
            small = np.flatnonzero(np.bincount(labels.ravel(), minlength=count + 1) < self.least_pixels)
            channel[torch.from_numpy(np.isin(labels, small)).to(mask.device)] = 0
        return mask


class SaveCased(MapTransform):
    """Write arrays of a case into the folders of a run: images/ID.png (8-bit) and KEY/ID.nii.gz (x, y, channel).

    Args:
        keys: of image (1, H, W) float in [0, 1], anatomy and pathology (C, H, W) 0 or 1; the case also holds `id`.
        output_dir: folder of the run.
    """

    def __init__(self, keys: KeysCollection, output_dir: str) -> None:
        super().__init__(keys)
        self.output_dir = Path(output_dir)

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        case = dict(data)
        for key in self.key_iterator(case):
            array = torch.as_tensor(case[key]).cpu().numpy()
            if key == "image":
                picture = np.rint(array[0] * 255).astype(np.uint8)
                save_image(self.output_dir / "images" / f"{case['id']}.png", picture)
            else:
                save_channels(self.output_dir / str(key) / f"{case['id']}.nii.gz", array.astype(np.uint8))
        return case
