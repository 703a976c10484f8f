# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Insert pleural effusion: fluid that fills the angle, hides the diaphragm and climbs the wall as a meniscus.

A case goes in and comes out with its image changed and the finding's mask added.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aurad_monai.lesions.chest_tissue import (
    BoolArray,
    ChestTissue,
    FloatArray,
    distance_to,
    smoothed,
    smoothed_within,
)
from aurad_monai.lesions.displacement import LATERAL
from aurad_monai.lesions.lesion_transform import Composed, LesionTransformd, filled_with, union
from aurad_monai.lesions.opacity import depth_in, edge
from aurad_monai.lesions.texture import clouds, evened, noise, signed_distance, without_crumbs

SHARES = (0.05, 0.3, 0.7)
"""Of a lung that are under fluid, for `SURFACE` and `POWER`."""
SURFACE, POWER, WHITE = (0.6, 0.4, 0.08), (0.7, 0.8, 1.5), 0.15
"""Fluid at its surface as a share of that at the floor, how it grows between, and how often it is thick throughout:
so intensities of outlined effusions grow from the top of the outline to its floor."""
MARKINGS_KEPT, RELIEF_KEPT, EVENED = 0.4, 0.7, 0.3
"""Of vessels and of ribs behind fluid, and how far it is evened out."""


def toward(region: BoolArray, direction: int) -> BoolArray:
    """The region and everything beside it in one horizontal direction, +1 to the right of the image, (H, W)."""
    swept = region[:, ::direction]
    return np.asarray(np.logical_or.accumulate(swept, axis=1)[:, ::direction])


def settled(region: BoolArray, lung: BoolArray, direction: int) -> BoolArray:
    """Fluid runs down: the region, all lung below it, and what fluid of that height covers beside it, (H, W) bool.

    Toward the chest wall it stands as high as the region; toward the heart its surface falls off, which is the medial
    half of the meniscus.
    """
    below = np.logical_or.accumulate(region, axis=0) & lung
    rows, columns = np.nonzero(below)
    deep = below.copy()
    deep[: rows.min() + int(0.3 * (rows.max() - rows.min()))] = False
    deep = np.logical_or.accumulate(toward(deep, direction), axis=0)
    medial = columns.min() if direction > 0 else columns.max()
    away = np.maximum((medial - np.arange(lung.shape[1])) * direction, 0)
    floor = lung.shape[0] - 1 - np.argmax(lung[::-1], axis=0)
    standing = 0.6 * float(below[:, columns].sum(axis=0).max(initial=0))
    surface = floor - standing * np.exp(-away / (0.3 * float(np.ptp(np.nonzero(lung)[1]) + 1)))
    beside = (
        (np.arange(lung.shape[0])[:, None] >= surface[None]) & (away > 0)[None] & np.asarray(lung.any(axis=0))[None]
    )
    reaches_floor = below[:, columns].any() and rows.max() > np.quantile(np.nonzero(lung)[0], 0.9)
    return without_medial_mound((below | deep | (beside & reaches_floor)) & lung, lung, direction)


def without_medial_mound(fluid: BoolArray, lung: BoolArray, direction: int) -> BoolArray:
    """Fluid that stands no higher inside than at the chest wall, (H, W) bool; that with none at the wall stays."""
    columns = np.arange(lung.shape[1])
    held = np.nonzero(lung)[1]
    outward = (columns - float(np.median(held))) * direction
    inner = outward <= 0.5 * float(outward[held].max())
    lateral = fluid.any(axis=0) & ~inner
    if not lateral.any():
        return fluid
    surface = np.argmax(fluid, axis=0)
    level = float(np.quantile(surface[lateral], 0.3))
    limit = level + 0.2 * np.maximum(-outward, 0)
    return np.asarray(fluid & ~(inner[None] & (np.arange(lung.shape[0])[:, None] < limit[None])))


def meniscus(region: BoolArray, lung: BoolArray, direction: int, climb: float, thickness: float) -> BoolArray:
    """The film that climbs the chest wall above the fluid, thinning as it climbs, (H, W) bool."""
    rows, columns = np.nonzero(region)
    level = int(rows[columns * direction >= np.quantile(columns * direction, 0.85)].min())
    height = level - np.arange(region.shape[0], dtype=float)
    film = np.where(height > 0, thickness * np.exp(-np.maximum(height, 0) / climb) - 0.8, 0)
    outer = (np.arange(region.shape[1]) - np.quantile(np.nonzero(lung)[1], 0.5)) * direction > 0
    return np.asarray(lung & (distance_to(~lung) < film[:, None]) & outer[None])


def with_recess(tissue: ChestTissue, name: str, direction: int) -> BoolArray:
    """A lung with the dark strip of the costophrenic recess that outlines of the lung often leave out, (H, W) bool."""
    lung = tissue.structure(name)
    if not lung.any():
        return lung
    rows, columns = np.nonzero(lung)
    lateral = (np.arange(tissue.shape[1]) - np.quantile(columns, 0.5)) * direction > 0
    low = np.arange(tissue.shape[0]) > np.quantile(rows, 0.6)
    beneath = np.asarray(lung.any(axis=0))[None] & low[:, None] & lateral[None]
    between = (tissue.image < 0.5 * sum(tissue.levels)) & (tissue.image > 0.6 * tissue.levels[0])
    recess = between & beneath & (tissue.from_lungs < 6 * tissue.unit)
    return np.asarray(evened(lung | recess, 1.2 * tissue.unit) | lung)


class AddEffusiond(LesionTransformd):
    """Fluid in the pleural space: homogeneous, denser downward, concave on top, over vessels, diaphragm and angle.

    Densities are such that opacity and contrast at the outline are nearly those of films under radiologists' outlines
    (`recipes.figures.appearance`), most of which are a veil through which vessels are seen; ours are smoother.
    """

    finding = "effusion"
    density = (0.05, 0.5)

    def compose(self, tissue: ChestTissue, regions: Sequence[BoolArray]) -> Composed:
        region, unit = np.zeros(tissue.shape, dtype=bool), tissue.unit
        for name, direction in LATERAL.items():
            lung = with_recess(tissue, name, direction)
            parts = [part & lung for part in regions if (part & lung).sum() > 0.5 * part.sum()]
            if not parts:
                continue
            part = without_crumbs(evened(settled(union(parts), lung, direction), 3.5 * unit) & lung)
            if part.any():
                climb, thickness = self.R.uniform(6, 16) * unit, self.R.uniform(3, 6) * unit
                part = part | meniscus(part, lung, direction, climb, thickness)
                region |= evened(part, 1.2 * unit) & lung
        if not region.any():
            return Composed(tissue.image, region)
        return Composed(self._filled(tissue, region), region)

    def draw(self, tissue: ChestTissue, regions: Sequence[BoolArray]) -> FloatArray:
        """Fluid where the mask says, neither settled nor climbing the wall beyond it."""
        region = evened(union(regions), 1.2 * tissue.unit)
        return self._filled(tissue, region) if region.any() else tissue.image

    def _filled(self, tissue: ChestTissue, region: BoolArray) -> FloatArray:
        """The image with fluid in a region."""
        fill = self._fill(tissue, region)
        image = filled_with(tissue, fill, MARKINGS_KEPT, RELIEF_KEPT, self.R)
        evenly = EVENED * np.clip(fill, 0, 1) ** 2 * (smoothed_within(image, region, 4 * tissue.unit) - image)
        return self._silhouette_lost(tissue, image + evenly, region)

    def _fill(self, tissue: ChestTissue, region: BoolArray) -> FloatArray:
        unit = tissue.unit
        depth = depth_in(region, tissue)
        ragged = 1.2 * unit * noise(tissue.shape, 22 * unit, self.R)
        border = edge(depth - unit + ragged, self.R.uniform(5, 9) * unit) * edge(depth + 2.5 * unit, 3 * unit)
        haze = 1 + 0.05 * clouds(tissue.shape, 40 * unit, self.R)
        thick = self._thickness(tissue, region) * haze * self.draw_density()
        return np.asarray(1.1 * border * thick * smoothed(region | tissue.lungs, 0.8 * unit), dtype=np.float32)

    def _thickness(self, tissue: ChestTissue, region: BoolArray) -> FloatArray:
        """Of the fluid along the ray: a veil at its surface, all of it at the floor, (H, W)."""
        down = np.zeros(tissue.shape, dtype=np.float32)
        for name in LATERAL:
            lung = tissue.structure(name)
            part = region & (toward(lung, 1) & toward(lung, -1)) if lung.any() else np.zeros_like(region)
            if not part.any():
                continue
            share = part.sum() / (lung | part).sum()
            surface = np.interp(share, SHARES, SURFACE) * self.R.uniform(0.6, 1.4)
            surface = self.R.uniform(0.7, 0.95) if self.R.rand() < WHITE else surface
            height = np.cumsum(part, axis=0) / np.maximum(part.sum(axis=0), 1)
            rising = smoothed_within(height.astype(np.float32), part, 4 * tissue.unit) ** np.interp(
                share, SHARES, POWER
            )
            down = np.where(part, surface + (1 - surface) * rising, down)
        return np.asarray(np.where(region & (down == 0), 1, down), dtype=np.float32)

    @staticmethod
    def _silhouette_lost(tissue: ChestTissue, image: FloatArray, region: BoolArray) -> FloatArray:
        """Lose the border of diaphragm and heart where deep fluid lies against it: no dark seam, no step."""
        unit = tissue.unit
        border = np.abs(signed_distance(tissue.lungs | region)) < 5.5 * unit
        deep = region & (depth_in(region, tissue) > 5 * unit)
        beside = smoothed(distance_to(deep) < 7 * unit, 1.5 * unit)
        around = smoothed_within(image, ~border & (image > tissue.levels[0]), 4 * unit)
        weight = np.clip(1.2 * smoothed(border, 1.5 * unit) * beside, 0, 1)
        return np.asarray(image + weight * np.maximum(around - image, 0.3 * (around - image)), dtype=np.float32)
