# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Insert consolidation: airspaces filled with fluid, dense and cloudy, with air still in the bronchi.

A case goes in and comes out with its image changed and the finding's mask added.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aurad_monai.lesions.chest_tissue import BoolArray, ChestTissue, FloatArray, distance_to
from aurad_monai.lesions.displacement import LATERAL
from aurad_monai.lesions.lesion_transform import Composed, LesionTransformd, filled_with, union
from aurad_monai.lesions.opacity import density_map, depth_in, edge, within_lungs
from aurad_monai.lesions.texture import clouds, evened


class AddConsolidationd(LesionTransformd):
    """Airspaces filled with fluid: cloudy, densest inside, fading into the lung; vessels vanish, bronchi show."""

    finding = "consolidation"
    density = (0.4, 1.0)
    bronchogram_prob = 0.4

    def acceptable(self, tissue: ChestTissue, region: BoolArray) -> bool:
        """Large enough, and not hidden behind the heart."""
        return float(tissue.aerated[region].mean()) > 0.3 and super().acceptable(tissue, region)

    def compose(self, tissue: ChestTissue, regions: Sequence[BoolArray]) -> Composed:
        unit = tissue.unit
        regions = [evened(region, min(2 * unit, 0.12 * np.sqrt(region.sum()))) & tissue.lungs for region in regions]
        regions = [region for region in regions if region.any()]
        if not regions:
            return Composed(tissue.image, np.zeros(tissue.shape, dtype=bool))
        region = union(regions)
        depth = depth_in(region, tissue)
        ragged = 3.5 * unit * clouds(tissue.shape, 14 * unit, self.R)
        thick = float(depth.max())
        width, rise = self.R.uniform(6, 11) * unit, min(self.R.uniform(5, 10) * unit, 0.4 * thick + 1)
        fill = edge(depth - 1.5 * unit + ragged, width) * (1 - 0.6 * np.exp(-np.maximum(depth, 0) / rise))
        fill *= edge(depth + 2.5 * unit, 4 * unit) * within_lungs(tissue)
        cloud = np.clip(0.92 + 0.1 * clouds(tissue.shape, 26 * unit, self.R), 0.4, 1.15)
        fill *= density_map(regions, [self.draw_density() for _ in regions], 6 * unit) * cloud
        if self.R.rand() < self.bronchogram_prob:
            inner = edge(depth - 7 * unit, 5 * unit) * np.clip(2.2 * fill - 0.6, 0, 1)
            fill = fill * (1 - self.R.uniform(0.2, 0.4) * inner * air_bronchogram(tissue, region, self.R))
        return Composed(
            filled_with(tissue, np.asarray(fill, dtype=np.float32), self.R.uniform(0.15, 0.35), 0.55, self.R), region
        )


def air_bronchogram(tissue: ChestTissue, region: BoolArray, state: np.random.RandomState) -> FloatArray:
    """Branching air-filled tubes that run from each hilum into a filled region, 0..1 (H, W)."""
    unit, tubes = tissue.unit, np.zeros(tissue.shape, dtype=np.float32)
    for name, direction in LATERAL.items():
        lung = tissue.structure(name)
        rows, columns = np.nonzero(region & lung)
        if rows.size < 150 * unit**2:
            continue
        lung_rows, lung_columns = np.nonzero(lung)
        medial = lung_columns.min() if direction > 0 else lung_columns.max()
        hilum = np.array([np.quantile(lung_rows, 0.5), medial + direction * 0.15 * np.ptp(lung_columns)])
        for _ in range(state.randint(2, 5)):
            target = state.randint(rows.size)
            tubes = np.maximum(tubes, _branch(tissue.shape, hilum, (rows[target], columns[target]), unit, state))
    return tubes


def _branch(
    shape: tuple[int, int], start: FloatArray, end: tuple[int, int], unit: float, state: np.random.RandomState
) -> FloatArray:
    """One gently bent bronchus that thins toward its end and forks once, 0..1 (H, W)."""
    away = np.asarray(end, dtype=float) - start
    normal = np.array([-away[1], away[0]])
    part = np.linspace(0, 1, 200)[:, None]
    bend = state.uniform(-0.15, 0.15)
    trunk = start + part * away + bend * np.sin(np.pi * part) * normal
    fork = trunk[120] + part * (0.4 * away + state.choice([-1, 1]) * state.uniform(0.25, 0.4) * normal)
    drawn = np.zeros(shape, dtype=np.float32)
    for line, width in ((trunk, 0.85 * unit), (fork, 0.6 * unit)):
        marked = np.zeros(shape, dtype=bool)
        inside = np.rint(line).astype(int)
        inside = inside[((inside >= 0) & (inside < np.array(shape))).all(axis=1)]
        marked[inside[:, 0], inside[:, 1]] = True
        drawn = np.maximum(drawn, np.exp(-0.5 * (distance_to(marked) / width) ** 2))
    return drawn
