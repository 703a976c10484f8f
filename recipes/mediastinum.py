# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Find the cardiomediastinum of a training radiograph whose lungs are known: the third structure the expert learns.

Radiologists outlined the cardiomediastinum on 100 chests of which only two images are open. Their outlines, brought
into the bounding box of the lungs, make a probability atlas; the atlas and the brightness of the image together decide
each pixel. This serves the preparation of training data only: at run time the anatomy expert is a network.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from aurad_monai.anatomy.region import largest_region

ATLAS_SIZE = 96
ATLAS_MARGIN = 0.1

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.floating]


def _frame(lungs: BoolArray) -> tuple[float, float, float, float]:
    """Top, bottom, left, right of the lungs with the atlas margin around them."""
    rows, columns = np.nonzero(lungs)
    top, bottom, left, right = rows.min(), rows.max() + 1, columns.min(), columns.max() + 1
    dy, dx = ATLAS_MARGIN * (bottom - top), ATLAS_MARGIN * (right - left)
    return float(top - dy), float(bottom + dy), float(left - dx), float(right + dx)


def build_atlas(pairs: Sequence[tuple[BoolArray, BoolArray]]) -> FloatArray:
    """Average outlines of the cardiomediastinum in the frame of the lungs.

    Args:
        pairs: (lungs, cardiomediastinum), each (H, W) bool.

    Returns:
        (ATLAS_SIZE, ATLAS_SIZE) probability in [0, 1].
    """
    total = np.zeros((ATLAS_SIZE, ATLAS_SIZE))
    for lungs, mediastinum in pairs:
        top, bottom, left, right = _frame(lungs)
        grid = np.meshgrid(np.linspace(top, bottom, ATLAS_SIZE), np.linspace(left, right, ATLAS_SIZE), indexing="ij")
        total += ndimage.map_coordinates(mediastinum.astype(float), grid, order=1)
    return total / max(len(pairs), 1)


def _atlas_in_image(atlas: FloatArray, lungs: BoolArray) -> FloatArray:
    top, bottom, left, right = _frame(lungs)
    rows, columns = np.mgrid[: lungs.shape[0], : lungs.shape[1]]
    u = (rows - top) / (bottom - top) * (ATLAS_SIZE - 1)
    v = (columns - left) / (right - left) * (ATLAS_SIZE - 1)
    return np.asarray(np.clip(ndimage.map_coordinates(atlas, [u, v], order=1), 0.02, 0.98))


def between_lungs(left_lung: BoolArray, right_lung: BoolArray, widest: float = 0.45) -> BoolArray:
    """Pixels between the two lungs, row by row, where the gap is at most `widest` of the chest (H, W)."""
    columns = np.arange(left_lung.shape[1])
    inner_right = np.where(right_lung, columns, -1).max(axis=1)
    inner_left = np.where(left_lung, columns, len(columns)).min(axis=1)
    chest = np.nonzero((left_lung | right_lung).any(axis=0))[0]
    width = (chest.max() - chest.min() + 1) if chest.size else 0
    both = left_lung.any(axis=1) & right_lung.any(axis=1) & (inner_left - inner_right <= widest * width)
    return np.asarray(both[:, None] & (columns > inner_right[:, None]) & (columns < inner_left[:, None]))


def mediastinum_from_lungs(
    image: FloatArray, left_lung: BoolArray, right_lung: BoolArray, atlas: FloatArray
) -> BoolArray:
    """Outline the cardiomediastinum from atlas and brightness.

    Args:
        image: (H, W) in [0, 1].
        left_lung: (H, W), including the area behind the heart.
        right_lung: (H, W).
        atlas: from `build_atlas`.

    Returns:
        (H, W) bool, one connected region without holes.
    """
    lungs = left_lung | right_lung
    prior = _atlas_in_image(atlas, lungs)
    smooth = ndimage.gaussian_filter(image, 1.5)
    air, heart = np.median(smooth[lungs & (prior < 0.1)]), np.median(smooth[prior > 0.9])
    spread = max(abs(heart - air) / 3, 0.04)
    brightness = np.clip(((smooth - air) ** 2 - (smooth - heart) ** 2) / (2 * spread**2), -3, 3)
    gap = between_lungs(left_lung, right_lung)
    logit = 1.2 * np.log(prior / (1 - prior)) + brightness * lungs + 4.0 * (gap & (prior > 0.15))
    region = ndimage.gaussian_filter(logit, 3) > 0
    if gap.any():  # the heart ends where the domes of the diaphragm meet it
        region[np.nonzero(gap.any(axis=1))[0].max() + 4 :] = False
    return largest_region(region)
