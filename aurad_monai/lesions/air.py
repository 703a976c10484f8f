# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Compose findings that take density away: pneumothorax (no markings, pleural line) and emphysema (fewer markings)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from aurad_monai.lesions.chest_tissue import BoolArray, ChestTissue, FloatArray, box_around, distance_to, smoothed
from aurad_monai.lesions.effusion import LATERAL, toward
from aurad_monai.lesions.lesion_transform import Composed, LesionTransformd, union
from aurad_monai.lesions.opacity import within_lungs
from aurad_monai.lesions.texture import evened, noise, signed_distance, without_crumbs


def without_vessels(tissue: ChestTissue, region: BoolArray) -> FloatArray:
    """The image with thin lines and dots of a region removed by a median; the edges of ribs stay, (H, W)."""
    result = tissue.image.copy()
    size = max(3, 2 * round(2.5 * tissue.unit) + 1)
    box = box_around(region, size)
    if region.any():
        result[box] = smoothed(ndimage.median_filter(result[box], size=size), 0.8 * tissue.unit)
    return result


class AddPneumothoraxd(LesionTransformd):
    """Air in the pleural space: no vessels, darker than lung, bounded by the thin bright line of the pleura."""

    finding = "pneumothorax"
    density = (0.4, 1.0)
    thinnest = 6.0

    def acceptable(self, tissue: ChestTissue, region: BoolArray) -> bool:
        """Thick enough, and where air collects in an upright chest: at the apex or along the lateral wall."""
        rows, columns = np.nonzero(region)
        for name, direction in LATERAL.items():
            lung = tissue.structure(name)
            if lung[rows, columns].mean() > 0.5:
                lung_rows, lung_columns = np.nonzero(lung)
                lateral = (columns.mean() - lung_columns.mean()) * direction > 0.05 * float(np.ptp(lung_columns))
                apical = rows.mean() < lung_rows.min() + 0.3 * float(np.ptp(lung_rows))
                return bool(lateral or apical) and super().acceptable(tissue, region)
        return False

    def compose(self, tissue: ChestTissue, regions: Sequence[BoolArray]) -> Composed:
        unit, amount = tissue.unit, self.draw_density()
        region = without_crumbs(evened(self._against_wall(union(regions), tissue), 2 * unit) & tissue.aerated)
        if not region.any():
            region = union(regions) & tissue.lungs
        distance = signed_distance(region | ~tissue.aerated)
        inside = smoothed(region, 0.8 * unit) * within_lungs(tissue)
        bare = without_vessels(tissue, region)
        grain = tissue.grain * self.R.standard_normal(tissue.shape).astype(np.float32)
        image = tissue.image + inside * (bare + ndimage.gaussian_filter(grain, 0.5) - tissue.image) * (
            0.75 + 0.25 * amount
        )
        image -= inside * tissue.contrast * (0.12 + 0.22 * amount)
        return Composed(image + self._pleural_line(tissue, region, distance, amount), region)

    @staticmethod
    def _against_wall(region: BoolArray, tissue: ChestTissue) -> BoolArray:
        """Pleural air reaches the wall: close the gap between a crescent and the border of the lung beside it."""
        gap = 9 * tissue.unit
        near = (distance_to(region) < gap) & (tissue.to_wall < gap)
        closed = region | (near & tissue.aerated)
        for name, direction in LATERAL.items():
            part, lung = region & tissue.structure(name), tissue.structure(name)
            if (
                part.sum() > 0.03 * lung.sum()
                and (np.nonzero(part)[1].mean() - np.nonzero(lung)[1].mean()) * direction > 0
            ):
                closed |= toward(part, direction) & lung
        return closed

    def _pleural_line(self, tissue: ChestTissue, region: BoolArray, distance: FloatArray, amount: float) -> FloatArray:
        unit = tissue.unit
        width = self.R.uniform(0.6, 0.9) * unit
        line = np.exp(-0.5 * ((distance + 0.4 * unit) / width) ** 2)
        line *= smoothed(distance_to(region) < 2.5 * unit, unit) * tissue.aerated
        strength = np.clip(0.75 + 0.3 * noise(tissue.shape, 30 * unit, self.R), 0.25, 1.1)
        return np.asarray(line * strength * tissue.contrast * (0.18 + 0.16 * amount), dtype=np.float32)


class AddEmphysemad(LesionTransformd):
    """Destroyed lung: darker, with fewer and thinner vessels, without a border."""

    finding = "emphysema"
    density = (0.45, 1.0)

    def compose(self, tissue: ChestTissue, regions: Sequence[BoolArray]) -> Composed:
        region, unit, amount = union(regions), tissue.unit, self.draw_density()
        inside = np.clip(smoothed(region, 5 * unit) * 1.1, 0, 1) * (distance_to(region) < 4 * unit)
        inside = smoothed(inside, unit) * within_lungs(tissue) * np.where(tissue.heart, 0.3, 1)
        patchy = np.clip(0.8 + 0.2 * noise(tissue.shape, 32 * unit, self.R), 0.4, 1.1)
        thinned = 0.7 * amount * inside * patchy * (without_vessels(tissue, region) - tissue.image)
        darker = inside * patchy * tissue.contrast * (0.12 + 0.24 * amount)
        return Composed(np.asarray(tissue.image + thinned - darker, dtype=np.float32), region)
