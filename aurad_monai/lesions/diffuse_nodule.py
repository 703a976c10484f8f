# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Insert diffuse nodules: many small ones of unequal size over a wide area.

A case goes in and comes out with its image changed and the finding's mask added.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from aurad_monai.lesions.chest_tissue import BoolArray, ChestTissue, smoothed
from aurad_monai.lesions.lesion_transform import Composed, LesionTransformd, filled_with, union
from aurad_monai.lesions.opacity import within_lungs
from aurad_monai.lesions.texture import clouds


class AddDiffuseNoduled(LesionTransformd):
    """Countless small nodules over a wide area, of unequal size and density."""

    finding = "diffuse_nodule"
    density = (0.3, 0.8)

    def compose(self, tissue: ChestTissue, regions: Sequence[BoolArray]) -> Composed:
        region, unit, amount = union(regions), tissue.unit, self.draw_density()
        rows, columns = np.nonzero(region & tissue.lungs)
        fill = np.zeros(tissue.shape, dtype=np.float32)
        size = self.R.uniform(0.75, 1.35)
        for sigma, area in ((0.6, 30.0), (0.95, 80.0), (1.4, 400.0)):
            chosen = self.R.permutation(rows.size)[: int(rows.size / (area * unit**2) * (0.5 + amount))]
            dots = np.zeros(tissue.shape, dtype=np.float32)
            dots[rows[chosen], columns[chosen]] = self.R.uniform(0.3, 1.0, chosen.size)
            width = sigma * size * unit
            fill += ndimage.gaussian_filter(dots, width) * (2 * np.pi * width**2) * (0.3 + 0.06 * sigma)
        fill *= np.clip(1 + 0.35 * clouds(tissue.shape, 5 * unit, self.R), 0.3, 1.7)
        haze = 0.08 * amount * np.clip(1 + 0.6 * clouds(tissue.shape, 20 * unit, self.R), 0, 2)
        inside = smoothed(region, 2.5 * unit) * within_lungs(tissue)
        fill = np.clip(fill * (0.5 + 0.6 * amount) + haze, 0, 0.8) * inside
        return Composed(filled_with(tissue, fill.astype(np.float32), 0.8, 0.9, self.R), region)
