# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Take letters and markers out of a sampled radiograph: a network scribbles them, since it has seen them on films.

Takes a decoded image with the condition it was sampled with; gives the same image with small, abrupt spots outside of
the chest filled from around them. Lungs and what lies within a margin of them stay as they are.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from monai.config import KeysCollection
from monai.transforms.transform import MapTransform
from scipy import ndimage

from aurad_monai.diffusion.conditioning import pool_to_grid
from aurad_monai.lesions.lesion_transform import as_array, like

Array = npt.NDArray[np.float32]
BoolArray = npt.NDArray[np.bool_]
FRAME = 256
"""Edge in pixels to which lengths and areas below refer."""
WINDOW, GROWTH, BLUR = 15, 4, 6.0
AREAS = (3, 1500)


class RemoveMarkersd(MapTransform):
    """Fill spots outside of the chest that are much brighter or darker than what surrounds them.

    Lengths are in pixels of a 256 x 256 image and scale with it. A case holds the image (1, H, W) in [0, 1] and
    `condition` (3 + findings, ...) of any size, whose first two planes are the lungs.

    Args:
        keys: of images.
        bright: least excess over the opened image, in intensity.
        dark: least lack below the closed image.
        margin: around the lungs that stays.
    """

    def __init__(self, keys: KeysCollection, bright: float = 0.16, dark: float = 0.22, margin: int = 10) -> None:
        super().__init__(keys)
        self.bright, self.dark, self.margin = bright, dark, margin

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        case = dict(data)
        for key in self.key_iterator(case):
            image = as_array(case[key])[0].astype(np.float32)
            lungs = pool_to_grid(torch.as_tensor(case["condition"])[None, :2].cpu(), image.shape)[0] > 0.5
            spots = self.spots(image, lungs.any(dim=0).numpy())
            if spots.any():
                case[key] = like(filled(image, spots)[None], case[key])
        return case

    def spots(self, image: Array, lungs: BoolArray) -> BoolArray:
        """Where letters and markers are, (H, W); nothing in an image without lungs, whose chest nobody knows."""
        unit = image.shape[-1] / FRAME
        if not lungs.any():
            return np.zeros(image.shape, dtype=bool)
        chest = ndimage.distance_transform_edt(~lungs) <= self.margin * unit
        window = (max(3, round(WINDOW * unit)),) * 2
        bright = image - ndimage.grey_opening(image, size=window) > self.bright
        dark = ndimage.grey_closing(image, size=window) - image > self.dark
        labels, count = ndimage.label(ndimage.binary_dilation((bright | dark) & ~chest))
        areas = ndimage.sum(labels > 0, labels, range(1, count + 1)) / unit**2
        small = [number + 1 for number in range(count) if AREAS[0] <= areas[number] <= AREAS[1]]
        grown = ndimage.binary_dilation(np.isin(labels, small), iterations=max(1, round(GROWTH * unit)))
        return np.asarray(grown & ~chest)


def filled(image: Array, spots: BoolArray) -> Array:
    """An image (H, W) whose spots hold a weighted mean of what is around them."""
    width = BLUR * image.shape[-1] / FRAME
    weight = ndimage.gaussian_filter((~spots).astype(np.float32), width) + 1e-4
    around = ndimage.gaussian_filter(np.where(spots, 0, image), width) / weight
    soft = np.where(spots, 1, ndimage.gaussian_filter(spots.astype(np.float32), width / 4))
    return np.asarray(image * (1 - soft) + around * soft, dtype=np.float32)
