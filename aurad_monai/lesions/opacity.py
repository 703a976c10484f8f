# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Compose airspace opacities: consolidation, whose borders are vague, and atelectasis, dense, streaked and sharper."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aurad_monai.lesions.chest_tissue import BoolArray, ChestTissue, FloatArray, distance_to, smoothed
from aurad_monai.lesions.lesion_transform import Composed, LesionTransformd, filled_with, union
from aurad_monai.lesions.texture import clouds, noise, turned


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


class AddConsolidationd(LesionTransformd):
    """Airspaces filled with fluid: cloudy, densest inside, fading into the lung; vessels vanish, ribs stay."""

    finding = "consolidation"
    density = (0.35, 0.95)

    def compose(self, tissue: ChestTissue, regions: Sequence[BoolArray]) -> Composed:
        region, unit = union(regions), tissue.unit
        densities = [self.draw_density() for _ in regions]
        cloud = clouds(tissue.shape, 26 * unit, self.R)
        ragged = 4 * unit * clouds(tissue.shape, 14 * unit, self.R)
        depth = depth_in(region, tissue)
        width, rise = self.R.uniform(6, 12) * unit, self.R.uniform(7, 16) * unit
        fill = edge(depth - 2 * unit + ragged, width) * (1 - 0.75 * np.exp(-np.maximum(depth, 0) / rise))
        fill *= edge(depth + 2.5 * unit, 4 * unit) * within_lungs(tissue)
        fill *= density_map(regions, densities, 6 * unit) * np.clip(0.82 + 0.2 * cloud, 0.25, 1.15)
        return Composed(filled_with(tissue, np.asarray(fill, dtype=np.float32), 0.25, 0.55, self.R), region)


class AddAtelectasisd(LesionTransformd):
    """Collapsed lung: dense, streaked along its length, with a sharper border than consolidation."""

    finding = "atelectasis"
    density = (0.4, 0.85)

    def compose(self, tissue: ChestTissue, regions: Sequence[BoolArray]) -> Composed:
        region, unit = union(regions), tissue.unit
        fill = np.zeros(tissue.shape, dtype=np.float32)
        for part in regions:
            depth = depth_in(part, tissue)
            thick = max(float(depth.max()), 1.0)
            profile = 1 - 0.6 * np.exp(-np.maximum(depth, 0) / (0.45 * thick + 1))
            streak = streaks(part, tissue.shape, 2.6 * unit, self.R)
            ragged = 1.2 * unit * noise(tissue.shape, 9 * unit, self.R)
            part_fill = edge(depth - 0.8 * unit + ragged, 4 * unit) * profile * np.clip(0.85 + 0.22 * streak, 0.2, 1.2)
            fill = np.maximum(fill, part_fill * edge(depth + 2 * unit, 3 * unit) * self.draw_density())
        fill = np.asarray(fill * within_lungs(tissue), dtype=np.float32)
        return Composed(filled_with(tissue, fill, 0.35, 0.75, self.R), region)


def streaks(region: BoolArray, shape: tuple[int, int], width: float, state: np.random.RandomState) -> FloatArray:
    """Noise drawn out along the longest axis of a region, (H, W), standard deviation about 1."""
    rows, columns = np.nonzero(region)
    moments = np.cov(np.stack([rows, columns]).astype(float)) + 1e-6 * np.eye(2)
    along = np.linalg.eigh(moments)[1][:, 1]
    return turned(noise(shape, width, state), float(np.arctan2(along[0], along[1])), 0.22)
