# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Compose focal lesions: nodule, mass, calcification, and the many small nodules of diffuse disease."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from aurad_monai.lesions.chest_tissue import BoolArray, ChestTissue, FloatArray, box_around, smoothed
from aurad_monai.lesions.lesion_transform import Composed, LesionTransformd, filled_with, union
from aurad_monai.lesions.opacity import within_lungs
from aurad_monai.lesions.texture import clouds, evened, noise, signed_distance


def ball(region: BoolArray, softness: float, ragged: FloatArray) -> FloatArray:
    """Thickness of a round body with this outline, seen from the front, 0..1 (H, W)."""
    box = box_around(region, 4 * softness + 4)
    distance = signed_distance(region[box]) + 0.5
    radius = max(float(distance.max()), 1.0)
    part = np.clip((distance + ragged[box]) / radius, 0, 1)
    thickness = np.zeros(region.shape, dtype=np.float32)
    thickness[box] = np.clip(smoothed(np.sqrt(1 - (1 - part) ** 2), softness), 0, 1)
    return thickness


def diameter(region: BoolArray) -> float:
    """Diameter of the disc of the same area, in parts of the image's height."""
    return float(2 * np.sqrt(region.sum() / np.pi) / region.shape[0])


class AddNoduled(LesionTransformd):
    """Round opacities up to 3 cm: as dense as they are thick."""

    finding = "nodule"
    density = (0.55, 1.0)
    ragged = 0.6

    def compose(self, tissue: ChestTissue, regions: Sequence[BoolArray]) -> Composed:
        unit = tissue.unit
        fill = np.zeros(tissue.shape, dtype=np.float32)
        regions = [evened(region, min(1.5 * unit, 0.15 * np.sqrt(region.sum()))) for region in regions]
        uneven = self.ragged * unit * noise(tissue.shape, 6 * unit, self.R)
        for region in regions:
            rough = np.asarray(uneven * np.sqrt(diameter(region) / 0.05), dtype=np.float32)
            strength = self.draw_density() * min(0.36 + 3.6 * diameter(region), 0.95)
            fill = np.maximum(fill, strength * ball(region, self.R.uniform(0.8, 1.4) * unit, rough))
        fill *= np.clip(0.95 + 0.08 * clouds(tissue.shape, 10 * unit, self.R), 0.7, 1.1)
        return Composed(filled_with(tissue, fill, 0.6, 0.85, self.R), union(regions))


class AddMassd(AddNoduled):
    """Round opacities above 3 cm: lobulated, dense, vessels end at them."""

    finding = "mass"
    density = (0.6, 1.0)
    ragged = 0.9


class AddCalcificationd(LesionTransformd):
    """Calcium: small, denser than soft tissue, sharp; larger outlines hold a group of dense specks."""

    finding = "calcification"
    density = (0.5, 1.0)

    def compose(self, tissue: ChestTissue, regions: Sequence[BoolArray]) -> Composed:
        unit = tissue.unit
        added = np.zeros(tissue.shape, dtype=np.float32)
        specks = np.clip(0.4 + 0.7 * clouds(tissue.shape, 6 * unit, self.R), 0, 1)
        rough = 0.5 * unit * noise(tissue.shape, 4 * unit, self.R)
        for region in regions:
            body = ball(region, 0.7 * unit, rough)
            grouped = np.clip((diameter(region) - 0.015) / 0.03, 0, 0.9)
            added = np.maximum(added, self.draw_density() * body * (1 - grouped * (1 - specks)))
        headroom = np.clip((0.97 - tissue.image) / 0.35, 0.15, 1)
        image = tissue.image + added * 0.65 * tissue.contrast * headroom
        return Composed(np.asarray(image, dtype=np.float32), union(regions))


class AddDiffuseNoduled(LesionTransformd):
    """Countless small nodules over a wide area, of unequal size and density."""

    finding = "diffuse_nodule"
    density = (0.4, 1.0)

    def compose(self, tissue: ChestTissue, regions: Sequence[BoolArray]) -> Composed:
        region, unit, amount = union(regions), tissue.unit, self.draw_density()
        rows, columns = np.nonzero(region & tissue.lungs)
        fill = np.zeros(tissue.shape, dtype=np.float32)
        size = self.R.uniform(0.75, 1.35)
        for sigma, area in ((0.8, 45.0), (1.2, 110.0), (1.8, 420.0)):
            chosen = self.R.permutation(rows.size)[: int(rows.size / (area * unit**2) * (0.5 + amount))]
            dots = np.zeros(tissue.shape, dtype=np.float32)
            dots[rows[chosen], columns[chosen]] = self.R.uniform(0.3, 1.0, chosen.size)
            width = sigma * size * unit
            fill += ndimage.gaussian_filter(dots, width) * (2 * np.pi * width**2) * (0.26 + 0.05 * sigma)
        haze = 0.08 * amount * np.clip(1 + 0.6 * clouds(tissue.shape, 20 * unit, self.R), 0, 2)
        inside = smoothed(region, 2.5 * unit) * within_lungs(tissue)
        fill = np.clip(fill * (0.5 + 0.6 * amount) + haze, 0, 0.8) * inside
        return Composed(filled_with(tissue, fill.astype(np.float32), 0.8, 0.9, self.R), region)
