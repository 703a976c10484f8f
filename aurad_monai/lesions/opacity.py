# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Opacities in the lung: how deep in an outline a pixel lies, how an opacity fades toward air, streaks along a scar."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aurad_monai.lesions.chest_tissue import BoolArray, ChestTissue, FloatArray, distance_to, smoothed
from aurad_monai.lesions.texture import noise, turned


def depth_in(region: BoolArray, tissue: ChestTissue) -> FloatArray:
    """Pixels to the nearest aerated lung outside the region, negative outside it, (H, W).

    An opacity fades only toward air: where it meets the wall, the diaphragm or the heart it is as dense as elsewhere.
    """
    inside = distance_to(tissue.aerated & ~region)
    return np.where(region, np.minimum(inside, 60 * tissue.unit), -distance_to(region)).astype(np.float32)


def within_lungs(tissue: ChestTissue) -> FloatArray:
    """Lungs with a border softened over a pixel, so that no lesion ends in a staircase, 0..1 (H, W)."""
    return smoothed(tissue.lungs, 0.8 * tissue.unit)


def density_map(regions: Sequence[BoolArray], densities: Sequence[float], sigma: float) -> FloatArray:
    """Each region's density, passing softly from one to the next, (H, W)."""
    stack = np.stack(regions).astype(np.float32)
    weight, total = stack.sum(axis=0), np.einsum("n,nhw->hw", np.asarray(densities, dtype=np.float32), stack)
    return np.asarray((smoothed(total, sigma) + 1e-4) / (smoothed(weight, sigma) + 2e-4), dtype=np.float32)


def edge(depth: FloatArray, width: float) -> FloatArray:
    """0..1 across an outline given by signed depth, over `width` pixels."""
    return np.asarray(1 / (1 + np.exp(np.clip(-4 * depth / width, -30, 30))), dtype=np.float32)


def streaks(region: BoolArray, shape: tuple[int, int], width: float, state: np.random.RandomState) -> FloatArray:
    """Noise drawn out along the longest axis of a region, (H, W), standard deviation about 1."""
    rows, columns = np.nonzero(region)
    moments = np.cov(np.stack([rows, columns]).astype(float)) + 1e-6 * np.eye(2)
    along = np.linalg.eigh(moments)[1][:, 1]
    return turned(noise(shape, width, state), float(np.arctan2(along[0], along[1])), 0.22)
