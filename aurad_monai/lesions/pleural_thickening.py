# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Insert pleural thickening: a band of soft tissue along the chest wall.

A case goes in and comes out with its image changed and the finding's mask added.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aurad_monai.lesions.chest_tissue import BoolArray, ChestTissue, FloatArray, distance_to, smoothed
from aurad_monai.lesions.displacement import LATERAL, lung_floor
from aurad_monai.lesions.effusion import toward
from aurad_monai.lesions.lesion_transform import Composed, LesionTransformd, filled_with, union
from aurad_monai.lesions.opacity import depth_in, edge, within_lungs
from aurad_monai.lesions.texture import evened, noise, without_crumbs


def chest_wall(lung: BoolArray, direction: int, unit: float) -> BoolArray:
    """What lies lateral of a lung and above it, without mediastinum and abdomen, (H, W) bool."""
    whole = distance_to(distance_to(lung) > 12 * unit) > 12 * unit  # notches in an outline are no wall
    floor, medial, angle = lung_floor(lung, direction)
    rows, columns = np.mgrid[: lung.shape[0], : lung.shape[1]]
    lateral = (columns - (medial + 0.35 * (angle - medial))) * direction > 0
    return np.asarray(~whole & lateral & (rows <= floor[None]))


class AddPleuralThickeningd(LesionTransformd):
    """A band of soft tissue along the chest wall, dense at the wall, with a fairly sharp inner border."""

    finding = "pleural_thickening"
    density = (0.5, 0.85)

    def compose(self, tissue: ChestTissue, regions: Sequence[BoolArray]) -> Composed:
        region = self._band(tissue, union(regions))
        return Composed(self._thickened(tissue, region) if region.any() else tissue.image, region)

    def draw(self, tissue: ChestTissue, regions: Sequence[BoolArray]) -> FloatArray:
        """The band is the mask itself."""
        region = union(regions) & tissue.lungs
        return self._thickened(tissue, region) if region.any() else tissue.image

    def _thickened(self, tissue: ChestTissue, region: BoolArray) -> FloatArray:
        """The image with soft tissue in a region."""
        unit = tissue.unit
        depth = depth_in(region, tissue)
        ragged = 0.7 * unit * noise(tissue.shape, 10 * unit, self.R)
        fill = edge(depth - 0.5 * unit + ragged, 4.5 * unit) * (1 - 0.45 * np.exp(-np.maximum(depth, 0) / (2.5 * unit)))
        taper = np.clip(smoothed(region, 5 * unit) * 2.2, 0.2, 1)
        fill = fill * taper * edge(depth + 2 * unit, 2 * unit) * within_lungs(tissue) * 1.1 * self.draw_density()
        return filled_with(tissue, fill.astype(np.float32), 0.5, 0.85, self.R)

    def _band(self, tissue: ChestTissue, region: BoolArray) -> BoolArray:
        """The part of the chest wall beside a region, as a band of uneven thickness inside the lung, (H, W) bool."""
        unit, band = tissue.unit, np.zeros(tissue.shape, dtype=bool)
        reach = self.R.uniform(4, 9) * unit * (1 + 0.2 * noise(tissue.shape, 40 * unit, self.R))
        for name, direction in LATERAL.items():
            lung = tissue.structure(name)
            if (region & lung).any():
                near_wall = lung & (distance_to(chest_wall(lung, direction, unit)) < reach)
                band |= near_wall & (region | (toward(region & lung, direction) & ~tissue.heart))
        return without_crumbs(evened(band, unit))
