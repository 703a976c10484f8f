# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Compose a rib fracture: a dark line across a rib, a small step of its borders, sometimes a callus around it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from aurad_monai.transforms.chest_tissue import BoolArray, ChestTissue, FloatArray, distance_to, smoothed
from aurad_monai.transforms.lesion_transform import Composed, LesionTransformd, union


def rib_at(tissue: ChestTissue, region: BoolArray) -> tuple[float, float, float]:
    """Row and column of the brightest rib-like point in a region, and the direction of the rib there in radians."""
    unit = tissue.unit
    band = smoothed(tissue.image, 2 * unit) - smoothed(tissue.image, 7 * unit)
    inner = region & (distance_to(~region) > 2 * unit)
    score = np.where(inner if inner.any() else region, band, -np.inf)
    row, column = np.unravel_index(int(np.argmax(score)), region.shape)
    rows, columns = np.gradient(smoothed(tissue.image, 1.5 * unit))
    reach = int(np.ceil(9 * unit))
    window = (slice(max(row - reach, 0), row + reach + 1), slice(max(column - reach, 0), column + reach + 1))
    across, down = np.asarray(columns)[window], np.asarray(rows)[window]
    angle = 0.5 * np.arctan2(2 * (across * down).sum(), (across**2 - down**2).sum())
    return float(row), float(column), float(angle + np.pi / 2)


class AddFractured(LesionTransformd):
    """A break across a rib inside the region: a step of the borders, a lucent line, in some a callus."""

    finding = "fracture"
    density = (0.5, 1.0)
    callus_prob = 0.4

    def compose(self, tissue: ChestTissue, regions: Sequence[BoolArray]) -> Composed:
        image = tissue.image
        for region in regions[:6]:
            image = self._broken(ChestTissue(image, tissue.anatomy), region)
        return Composed(image, union(regions[:6]))

    def _broken(self, tissue: ChestTissue, region: BoolArray) -> FloatArray:
        unit, amount = tissue.unit, self.draw_density()
        row, column, angle = rib_at(tissue, region)
        rows, columns = np.mgrid[: tissue.shape[0], : tissue.shape[1]].astype(np.float32)
        rows, columns = rows - row, columns - column
        along = columns * np.cos(angle) + rows * np.sin(angle)
        across = -columns * np.sin(angle) + rows * np.cos(angle)
        tilt = self.R.uniform(-0.5, 0.5)
        along = along + tilt * across + 0.4 * unit * np.sin(across / (1.3 * unit))
        width = self.R.uniform(4.5, 6) * unit
        window = np.exp(-0.5 * (across / width) ** 2)
        side = along > 0
        step = self.R.choice([-1, 1]) * self.R.uniform(1.5, 3.5) * unit * amount
        fade = np.exp(-0.5 * (along / self.R.uniform(6, 10) / unit) ** 2)
        shift = step * window * fade * np.where(side, 1.0, -0.25)
        source = [rows + row - shift * np.cos(angle), columns + column + shift * np.sin(angle)]
        moved = ndimage.map_coordinates(tissue.image, source, order=1, mode="nearest")
        line = np.exp(-0.5 * (along / (0.75 * unit)) ** 2) * np.exp(-0.5 * (across / (0.6 * width)) ** 4)
        change = moved - tissue.image - line * (0.1 + 0.2 * amount) * tissue.contrast
        if self.R.rand() < self.callus_prob:
            blob = np.exp(-0.5 * ((along / (4.5 * unit)) ** 2 + (across / (4 * unit)) ** 2))
            change += blob * self.R.uniform(0.1, 0.25) * tissue.contrast
        return np.asarray(tissue.image + change * smoothed(region, 1.2 * unit), dtype=np.float32)
