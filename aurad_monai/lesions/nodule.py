# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Compose focal lesions: nodule, mass, calcification, and the many small nodules of diffuse disease."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aurad_monai.lesions.chest_tissue import BoolArray, ChestTissue, FloatArray, box_around, smoothed
from aurad_monai.lesions.lesion_transform import Composed, LesionTransformd, filled_with, union
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
    markings_kept = 0.55

    def acceptable(self, tissue: ChestTissue, region: BoolArray) -> bool:
        """Large enough, and not hidden behind the heart."""
        return float(tissue.aerated[region].mean()) > 0.4 and super().acceptable(tissue, region)

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
        return Composed(filled_with(tissue, fill, self.markings_kept, 0.85, self.R), union(regions))


class AddMassd(AddNoduled):
    """Round opacities above 3 cm: lobulated, dense, vessels end at them."""

    finding = "mass"
    density = (0.6, 1.0)
    ragged = 0.9
    markings_kept = 0.2
