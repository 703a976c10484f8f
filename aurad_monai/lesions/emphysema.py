# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Insert emphysema: lungs too large, a low flat diaphragm, a narrow heart, dark lung with few vessels.

A case goes in and comes out with its image, its anatomy and all its masks displaced, and the finding's mask added.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from aurad_monai.lesions.chest_tissue import BoolArray, ChestTissue, FloatArray, smoothed
from aurad_monai.lesions.displacement import LATERAL, followed_by, lowered_floor, moved_masks, narrowed_heart
from aurad_monai.lesions.lesion_transform import Composed, LesionTransformd, displaced, union
from aurad_monai.lesions.opacity import within_lungs
from aurad_monai.lesions.texture import noise

WIDE = 0.45
"""a lung diseased in more than this part is diseased all over"""


def inflation(anatomy: BoolArray, shares: Mapping[str, float], amount: float) -> FloatArray:
    """Where each pixel of an overinflated chest comes from, (2, H, W).

    Args:
        anatomy: (3, H, W) bool.
        shares: for each lung, how much of it is diseased, 0..1.
        amount: 0 (none) to 1 (the floor flat and 12% of the lung's height lower).
    """
    worse = max(shares.values())
    shares = {name: max(share, 0.75 * worse) for name, share in shares.items()}  # both lungs share one chest
    flatter = {name: 0.9 * amount * share for name, share in shares.items()}
    lower = {name: 0.1 * amount * share for name, share in shares.items()}
    both = float(np.mean(list(shares.values())))
    down = lowered_floor(anatomy, flatter, lower)
    narrow = narrowed_heart(anatomy, 0.16 * amount * both, 0.05 * amount * both)
    return followed_by(narrow, down)


def inflated(anatomy: BoolArray, shares: Mapping[str, float], amount: float = 0.8) -> BoolArray:
    """A chest (3, H, W) bool made that of emphysema: large lungs, a low flat floor, a narrow heart."""
    return moved_masks(anatomy, inflation(anatomy, shares, amount))


class AddEmphysemad(LesionTransformd):
    """Destroyed, overinflated lung: large, dark, with few thin vessels, over a low flat diaphragm."""

    finding = "emphysema"
    density = (0.55, 1.0)

    def compose(self, tissue: ChestTissue, regions: Sequence[BoolArray]) -> Composed:
        drawn, amount = union(regions), self.draw_density()
        shares = {name: _share(drawn, tissue.structure(name)) for name in LATERAL}
        sources = inflation(tissue.anatomy, shares, amount)
        anatomy = moved_masks(tissue.anatomy, sources)
        whole = [tissue.structure(name) & (drawn | (share > WIDE)) for name, share in shares.items()]
        region = moved_masks(union(whole)[None], sources)[0] & (anatomy[0] | anatomy[1])
        larger = displaced(tissue, sources, anatomy, self.R)
        return Composed(self._rarefied(larger, region, amount), region, anatomy, sources)

    def draw(self, tissue: ChestTissue, regions: Sequence[BoolArray]) -> FloatArray:
        """Dark lung with few vessels; the chest is large already, see `inflated`."""
        return self._rarefied(tissue, union(regions) & tissue.lungs, self.draw_density())

    def _rarefied(self, tissue: ChestTissue, region: BoolArray, amount: float) -> FloatArray:
        """The image with the vessels of a region thinned, most at the periphery, and its lung darkened."""
        unit = tissue.unit
        inside = smoothed(smoothed(region, 4 * unit), unit) * within_lungs(tissue) * np.where(tissue.heart, 0.3, 1)
        patchy = np.clip(0.85 + 0.2 * noise(tissue.shape, 36 * unit, self.R), 0.4, 1.15)
        peripheral = np.clip(1.15 - smoothed(tissue.heart, 14 * unit), 0.35, 1)
        thinned = np.clip((0.2 + 0.25 * amount) * inside * patchy * peripheral, 0, 0.45)
        darker = inside * (0.8 + 0.2 * patchy) * (0.1 + 0.24 * amount)
        image = tissue.image - thinned * tissue.vessels
        return np.asarray(image * (1 - 0.5 * darker) - 0.35 * darker * tissue.contrast, dtype=np.float32)


def _share(region: BoolArray, lung: BoolArray) -> float:
    """The part of a lung that a region covers, 0..1; outlines leave out some of a lung that is diseased all over."""
    return float(np.clip(1.4 * region[lung].mean(), 0, 1)) if lung.any() else 0.0
