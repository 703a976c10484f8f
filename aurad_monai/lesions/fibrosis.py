# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Compose fibrosis: a net of fine strands and coarser scars in a faint haze."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aurad_monai.lesions.chest_tissue import BoolArray, ChestTissue, distance_to, smoothed
from aurad_monai.lesions.lesion_transform import Composed, LesionTransformd, filled_with, union
from aurad_monai.lesions.opacity import streaks, within_lungs
from aurad_monai.lesions.texture import clouds, strands


class AddFibrosisd(LesionTransformd):
    """Scarred lung: reticular strands, some streaks along the scar, patches of haze, no sharp border."""

    finding = "fibrosis"
    density = (0.4, 1.0)

    def compose(self, tissue: ChestTissue, regions: Sequence[BoolArray]) -> Composed:
        region, unit, amount = union(regions), tissue.unit, self.draw_density()
        net = strands(tissue.shape, self.R.uniform(1.5, 2.4) * unit, self.R)
        scars = np.zeros(tissue.shape, dtype=np.float32)
        for part in regions[:3]:
            scars = np.maximum(scars, np.clip(streaks(part, tissue.shape, 2.8 * unit, self.R) - 0.7, 0, 1.2) * part)
        uneven = np.clip(0.65 + 0.45 * clouds(tissue.shape, 22 * unit, self.R), 0.1, 1.2)
        inside = np.minimum(smoothed(region, 3 * unit) * 1.1, 1) * (distance_to(region) < 4 * unit)
        texture = 0.4 * net + 0.2 * smoothed(scars, 0.7 * unit) + 0.14
        small = float(np.exp(-region.mean() / 0.004))  # a small outline is a single scar, denser than a net
        texture += 0.3 * small * smoothed(region, 1.5 * unit)
        fill = smoothed(inside, unit) * within_lungs(tissue) * (0.3 + 0.7 * amount) * uneven * texture
        return Composed(filled_with(tissue, np.clip(fill, 0, 0.9).astype(np.float32), 0.85, 0.9, self.R), region)
