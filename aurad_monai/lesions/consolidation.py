# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Insert consolidation: airspaces filled with fluid in patches, with air still in the bronchi.

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
    """Airspaces filled with fluid: in patches, from a haze to nearly solid, fading into the lung, with open bronchi.

    Densities and what is left of vessels are such that opacity, outline and texture under the mask are those of films
    under radiologists' outlines (`recipes.figures.appearance`): they outline lung that is partly filled.
    """

    finding = "consolidation"
    density = (0.05, 0.7)
    bronchogram_prob = 0.4
    patches = (10.0, 26.0)
    """wavelengths of the patches, in pixels of a 256-pixel image"""
    patchiness = 0.5
    """how much of a region is spared by patches at most"""

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
        ragged = 5 * unit * clouds(tissue.shape, 14 * unit, self.R)
        fill = edge(depth - unit + ragged, self.R.uniform(8, 16) * unit)
        fill *= edge(depth + 2.5 * unit, 4 * unit) * within_lungs(tissue) * self._patches(tissue)
        fill *= density_map(regions, [self.draw_density() for _ in regions], 6 * unit)
        if self.R.rand() < self.bronchogram_prob:
            inner = edge(depth - 7 * unit, 5 * unit) * np.clip(2.2 * fill - 0.6, 0, 1)
            fill = fill * (1 - self.R.uniform(0.2, 0.4) * inner * air_bronchogram(tissue, region, self.R))
        vessels_kept = self.R.uniform(0.5, 0.9)
        return Composed(filled_with(tissue, np.asarray(fill, dtype=np.float32), vessels_kept, 0.9, self.R), region)

    def _patches(self, tissue: ChestTissue) -> FloatArray:
        """Lobules that are filled beside others that are not, 0..1.3, (H, W)."""
        spared = self.patchiness * self.R.uniform()
        cloud = clouds(tissue.shape, self.R.uniform(*self.patches) * tissue.unit, self.R)
        return np.asarray(np.clip(1 - spared + (0.15 + spared) * cloud, 0, 1.3), dtype=np.float32)


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
