# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Insert atelectasis: lung that lost its air and its volume, from a plate-like band to a collapsed segment.

A case goes in; image, anatomy and earlier masks come out drawn toward the collapse, with the finding's mask added.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from aurad_monai.lesions.chest_tissue import BoolArray, ChestTissue, FloatArray, distance_to, smoothed
from aurad_monai.lesions.displacement import LATERAL, followed_by, lowered_floor, moved_masks
from aurad_monai.lesions.lesion_transform import Composed, LesionTransformd, displaced, filled_with, union
from aurad_monai.lesions.opacity import depth_in, edge, streaks, within_lungs
from aurad_monai.lesions.texture import evened, noise

PLATE = 0.32
"""a region whose shorter axis is less than this part of its longer one is a plate seen from its edge"""


class AddAtelectasisd(LesionTransformd):
    """Collapsed lung: dense, sharp along its fissure, streaked; diaphragm, mediastinum and vessels drawn toward it.

    As dense as lung is under radiologists' outlines (`recipes.figures.appearance`), which is seldom airless.
    """

    finding = "atelectasis"
    density = (0.1, 0.6)

    def compose(self, tissue: ChestTissue, regions: Sequence[BoolArray]) -> Composed:
        amount = self.draw_density()
        sources = collapse(tissue, regions, amount)
        anatomy = moved_masks(tissue.anatomy, sources)
        lungs = anatomy[0] | anatomy[1]
        parts = [evened(part, 1.5 * tissue.unit) & lungs for part in moved_masks(np.stack(regions), sources)]
        parts = [part for part in parts if part.any()]
        smaller = displaced(tissue, sources, anatomy, self.R)
        if not parts:
            return Composed(smaller.image, np.zeros(tissue.shape, dtype=bool), anatomy, sources)
        fill = np.zeros(tissue.shape, dtype=np.float32)
        for part in parts:
            fill = np.maximum(fill, self._fill(smaller, part, amount))
        fill = np.asarray(fill * within_lungs(smaller), dtype=np.float32)
        return Composed(filled_with(smaller, fill, 0.3, 0.6, self.R), union(parts), anatomy, sources)

    def draw(self, tissue: ChestTissue, regions: Sequence[BoolArray]) -> FloatArray:
        """Dense, streaked lung without the pull that volume loss exerts on what lies around it."""
        amount, fill = self.draw_density(), np.zeros(tissue.shape, dtype=np.float32)
        for part in regions:
            fill = np.maximum(fill, self._fill(tissue, part, amount))
        return filled_with(tissue, np.asarray(fill * within_lungs(tissue), dtype=np.float32), 0.3, 0.6, self.R)

    def _fill(self, tissue: ChestTissue, part: BoolArray, amount: float) -> FloatArray:
        """How much of the air along the ray is gone, (H, W)."""
        unit = tissue.unit
        depth = depth_in(part, tissue)
        ragged = 0.8 * unit * noise(tissue.shape, 12 * unit, self.R)
        streak = streaks(part, tissue.shape, self.R.uniform(4, 7) * unit, self.R)
        if _slimness(part) < PLATE:
            thick = max(float(depth.max()), unit)
            body = edge(depth - 0.15 * thick + 0.4 * ragged, max(1.4 * unit, 0.5 * thick))
            return np.asarray(amount * body * np.clip(0.95 + 0.15 * streak, 0.4, 1.2), dtype=np.float32)
        body = edge(depth - 0.5 * unit + ragged, self.R.uniform(2.5, 5) * unit)
        rise = 1 - 0.45 * np.exp(-np.maximum(depth, 0) / (0.3 * float(depth.max()) + unit))
        return np.asarray(1.05 * amount * body * rise * np.clip(0.95 + 0.05 * streak, 0.7, 1.1), dtype=np.float32)


def _slimness(region: BoolArray) -> float:
    """Shorter by longer axis of a region, 0..1."""
    spread = np.linalg.eigvalsh(np.cov(np.stack(np.nonzero(region)).astype(float)) + 1e-6 * np.eye(2))
    return float(np.sqrt(spread[0] / spread[1]))


def collapse(tissue: ChestTissue, regions: Sequence[BoolArray], amount: float) -> FloatArray:
    """Where each pixel of a chest with collapsed regions comes from, (2, H, W).

    The floor of a lung rises when its lower half collapses, the mediastinum moves toward the side, and lung around a
    region closes in on it, which draws its vessels together.
    """
    rising, pulled = dict.fromkeys(LATERAL, 0.0), 0.0
    for name, direction in LATERAL.items():
        lung = tissue.structure(name)
        part = union(regions) & lung
        if not part.any():
            continue
        lost = float(part.sum() / lung.sum())
        rows = np.nonzero(lung)[0]
        low = float(np.clip((np.nonzero(part)[0].mean() - np.quantile(rows, 0.4)) / (0.35 * np.ptp(rows) + 1), 0, 1))
        rising[name] = -amount * low * float(np.clip(0.03 + 0.35 * lost, 0, 0.13))
        pulled += direction * amount * float(np.clip(0.15 * lost, 0, 0.03))
    raised = lowered_floor(tissue.anatomy, dict.fromkeys(LATERAL, 0.0), rising)
    return followed_by(followed_by(raised, _pulled_aside(tissue, pulled)), _closed_in(tissue, regions, amount))


def _pulled_aside(tissue: ChestTissue, part: float) -> FloatArray:
    """The mediastinum moved by a part of the width, the walls left where they are, (2, H, W)."""
    grid = np.indices(tissue.shape).astype(np.float32)
    if part and tissue.heart.any():
        rows, columns = np.nonzero(tissue.heart)
        height, width = 0.5 * np.ptp(rows) + 1, 1.1 * np.ptp(columns) + 1
        weight = np.exp(-(((grid[0] - rows.mean()) / height) ** 2) - ((grid[1] - columns.mean()) / (0.6 * width)) ** 2)
        grid[1] -= part * tissue.shape[1] * weight
    return grid


def _closed_in(tissue: ChestTissue, regions: Sequence[BoolArray], amount: float) -> FloatArray:
    """Lung around regions drawn toward them, (2, H, W); ribs and diaphragm hardly follow."""
    grid = np.indices(tissue.shape).astype(np.float32)
    shift = np.zeros_like(grid)
    for region in regions:
        outside = distance_to(region)
        reach = 1.2 * np.sqrt(float(region.sum())) + 4 * tissue.unit
        nearest = ndimage.distance_transform_edt(~region, return_distances=False, return_indices=True)
        away = (grid - nearest) / np.maximum(outside, 1)
        pull = 0.12 * amount * reach * (outside / reach) * np.exp(1 - outside / (0.6 * reach))
        shift += away * pull
    inner = smoothed(tissue.aerated, 3 * tissue.unit) * np.clip(tissue.to_wall / (10 * tissue.unit), 0, 1)
    return np.asarray(grid + np.stack([smoothed(axis, 1.5 * tissue.unit) for axis in shift]) * inner, dtype=np.float32)
