# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Compose a rib fracture: a dark line across a rib, a small step of its borders, sometimes a callus around it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from aurad_monai.lesions.chest_tissue import BoolArray, ChestTissue, FloatArray, box_around, distance_to, smoothed
from aurad_monai.lesions.lesion_transform import Composed, LesionTransformd, union


def rib_at(image: FloatArray, region: BoolArray, unit: float) -> tuple[float, float, float]:
    """Row and column of the brightest rib-like point in a region, and the direction of the rib there in radians."""
    band = smoothed(image, 2 * unit) - smoothed(image, 7 * unit)
    inner = region & (distance_to(~region) > 2 * unit)
    score = np.where(inner if inner.any() else region, band, -np.inf)
    row, column = np.unravel_index(int(np.argmax(score)), region.shape)
    rows, columns = np.gradient(smoothed(image, 1.5 * unit))
    reach = int(np.ceil(9 * unit))
    window = (slice(max(row - reach, 0), row + reach + 1), slice(max(column - reach, 0), column + reach + 1))
    across, down = np.asarray(columns)[window], np.asarray(rows)[window]
    angle = 0.5 * np.arctan2(2 * (across * down).sum(), (across**2 - down**2).sum())
    return float(row), float(column), float(angle + np.pi / 2)


class AddFractured(LesionTransformd):
    """A break across a rib inside the region: a step of the borders, a lucent line, in some a callus."""

    finding = "fracture"
    density = (0.7, 1.0)
    callus_prob = 0.4
    least_contrast = 0.25

    def compose(self, tissue: ChestTissue, regions: Sequence[BoolArray]) -> Composed:
        image, broken = tissue.image.copy(), []
        contrast = max(tissue.contrast, self.least_contrast)
        for region in regions[:6]:
            box = box_around(region, 24 * tissue.unit)
            image[box], at = self._broken(image[box], region[box], tissue.unit, contrast)
            near = np.zeros_like(region)
            near[box] = at
            broken.append(region & near)
        return Composed(image, union(broken))

    def _broken(
        self, part: FloatArray, region: BoolArray, unit: float, contrast: float
    ) -> tuple[FloatArray, BoolArray]:
        """A window of the image with the rib in it broken, and where.

        `unit` is that of the chest, `contrast` too, but at least `least_contrast`.
        """
        amount = self.draw_density()
        row, column, angle = rib_at(part, region, unit)
        rows, columns = np.mgrid[: part.shape[0], : part.shape[1]].astype(np.float32)
        down, right = rows - row, columns - column
        across = -right * np.sin(angle) + down * np.cos(angle)
        along = right * np.cos(angle) + down * np.sin(angle) + self.R.uniform(-0.5, 0.5) * across
        along = along + 0.4 * unit * np.sin(across / (1.3 * unit))
        width = self.R.uniform(4.5, 6) * unit
        fade = np.exp(-0.5 * (along / self.R.uniform(6, 10) / unit) ** 2 - 0.5 * (across / width) ** 2)
        step = self.R.choice([-1, 1]) * self.R.uniform(3.5, 5) * unit * amount
        shift = step * fade * np.where(along > 0, 1.0, -0.25)
        source = [rows - shift * np.cos(angle), columns + shift * np.sin(angle)]
        moved = ndimage.map_coordinates(part, source, order=1, mode="nearest")
        line = np.exp(-0.5 * (along / (0.7 * unit)) ** 2 - 0.5 * (across / (0.5 * width)) ** 4)
        change = moved - part - line * (0.12 + 0.24 * amount) * contrast
        if self.R.rand() < self.callus_prob:
            blob = np.exp(-0.5 * ((along / (4.5 * unit)) ** 2 + (across / (4 * unit)) ** 2))
            change += blob * self.R.uniform(0.15, 0.35) * contrast
        near = np.hypot(down, right) < 14 * unit
        return np.asarray(part + change * smoothed(region, 1.2 * unit), dtype=np.float32), near
