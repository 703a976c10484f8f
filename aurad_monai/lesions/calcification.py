# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Insert calcification: small, sharp and denser than soft tissue.

A case goes in and comes out with its image changed and the finding's mask added.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aurad_monai.lesions.chest_tissue import BoolArray, ChestTissue
from aurad_monai.lesions.lesion_transform import Composed, LesionTransformd, union
from aurad_monai.lesions.nodule import ball, diameter
from aurad_monai.lesions.texture import clouds, noise


class AddCalcificationd(LesionTransformd):
    """Calcium: small, denser than soft tissue, sharp; larger outlines hold a group of dense specks."""

    finding = "calcification"
    density = (0.7, 1.0)
    least_contrast = 0.28

    def compose(self, tissue: ChestTissue, regions: Sequence[BoolArray]) -> Composed:
        unit = tissue.unit
        added = np.zeros(tissue.shape, dtype=np.float32)
        field = clouds(tissue.shape, 6 * unit, self.R)
        rough = 0.5 * unit * noise(tissue.shape, 4 * unit, self.R)
        for region in regions:
            body = ball(region, 0.5 * unit, rough)
            grouped = np.clip((diameter(region) - 0.015) / 0.03, 0, 0.9)
            low, high = np.quantile(field[region], (0.5, 0.9))  # so that every outline holds some
            specks = np.clip((field - low) / max(high - low, 1e-3), 0, 1)
            added = np.maximum(added, self.draw_density() * body * (1 - grouped * (1 - specks)))
        headroom = np.clip((0.97 - tissue.image) / 0.35, 0.15, 1)
        image = tissue.image + added * 0.9 * max(tissue.contrast, self.least_contrast) * headroom
        return Composed(np.asarray(image, dtype=np.float32), union(regions))
