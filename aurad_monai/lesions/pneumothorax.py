# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Insert a pneumothorax: lung retracted from the wall, the thin line of its pleura, and empty dark space behind it.

A case goes in and comes out with its image changed and the space's mask added. The lung channels of the anatomy are
outlines of the whole pleural cavity, so they stay; the lung itself is what the mask leaves of them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from aurad_monai.lesions.chest_tissue import BoolArray, ChestTissue, FloatArray, distance_to, smoothed, smoothed_within
from aurad_monai.lesions.displacement import LATERAL, Curve, moved
from aurad_monai.lesions.lesion_transform import Composed, LesionTransformd, union
from aurad_monai.lesions.opacity import within_lungs
from aurad_monai.lesions.texture import noise, without_crumbs

RIB_CONTRAST, RIB_EDGE = 0.8, 4.5
"""By how much ribs are plainer where no lung lies behind them, and how soft, in pixels of a 256-pixel image."""


class AddPneumothoraxd(LesionTransformd):
    """Air in the pleural space: no vessels, darker than lung, bounded by the thin bright line of the pleura."""

    finding = "pneumothorax"
    density = (0.55, 1.0)
    thinnest = 6.0
    largest = 3.0
    """how many times thicker than outlined the air gets at most: the outlined films hold few large ones"""

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
        amount, growth = self.draw_density(), float(np.exp(self.R.uniform(0, np.log(self.largest))))
        image, space = tissue.image, np.zeros(tissue.shape, dtype=bool)
        for name, direction in LATERAL.items():
            part = union(regions) & tissue.structure(name)
            if part.sum() < 0.005 * tissue.structure(name).sum():
                continue
            rays = Rays(tissue.structure(name), direction)
            shrunk = rays.shrinkage(part, growth)
            air, sources = rays.space(shrunk, least=1.5 * tissue.unit), rays.retraction(shrunk)
            if air.any():
                image = self._emptied(tissue.with_image(image), air, sources, amount)
                image = image + self._pleural_line(tissue, tissue.structure(name) & ~air, air, amount)
                space |= air
        return Composed(image, space)

    def draw(self, tissue: ChestTissue, regions: Sequence[BoolArray]) -> FloatArray:
        """The space is the mask itself; the lung's vessels are drawn together in what is left."""
        amount, image, drawn = self.draw_density(), tissue.image, union(regions)
        for name, direction in LATERAL.items():
            air = drawn & tissue.structure(name)
            if air.any():
                rays = Rays(tissue.structure(name), direction)
                image = self._emptied(tissue.with_image(image), air, rays.retraction(rays.shrinkage(air)), amount)
                image = image + self._pleural_line(tissue, tissue.structure(name) & ~air, air, amount)
        return image

    def _emptied(self, tissue: ChestTissue, air: BoolArray, sources: FloatArray, amount: float) -> FloatArray:
        """The lung's vessels drawn together inside its new border, and in the dark space none, but ribs."""
        unit = tissue.unit
        inside = smoothed(air, 0.8 * unit) * within_lungs(tissue)
        vessels = np.where(air, 0, moved(tissue.vessels, sources))
        ribs = tissue.ribs_without_vessels
        plainer = RIB_CONTRAST * (smoothed(ribs, RIB_EDGE * unit) - smoothed_within(ribs, air, 9 * unit))
        grain = smoothed(tissue.grain * self.R.standard_normal(tissue.shape).astype(np.float32), 0.4 * unit)
        lost = float(air.sum() / max((air | tissue.lungs).sum(), 1))
        denser = 0.9 * lost * tissue.contrast * np.exp(-distance_to(air) / (40 * unit)) * (1 - inside)
        denser = (
            denser * smoothed(tissue.aerated & ~air, unit) * (np.hypot(*(sources - _grid(tissue.shape))) > 0.5 * unit)
        )
        darker = inside * (0.08 + 0.17 * amount)
        image = (1 - inside) * (tissue.without_vessels + vessels) + inside * (ribs + plainer + grain)
        image = image + smoothed(denser, 2 * unit)
        return np.asarray(image * (1 - 0.5 * darker) - 0.25 * darker * tissue.contrast, dtype=np.float32)

    def _pleural_line(self, tissue: ChestTissue, lung: BoolArray, air: BoolArray, amount: float) -> FloatArray:
        """The visceral pleura between lung and air, brighter than both, (H, W)."""
        unit = tissue.unit
        distance = smoothed(distance_to(lung) - distance_to(~lung), 0.5 * unit)
        width = self.R.uniform(0.5, 0.75) * unit
        line = np.exp(-0.5 * ((distance + 0.4 * unit) / width) ** 2)
        line *= smoothed(distance_to(air) < 2 * unit, unit) * (tissue.to_wall > unit) * np.where(tissue.heart, 0.4, 1)
        strength = np.clip(0.9 + 0.2 * noise(tissue.shape, 40 * unit, self.R), 0.5, 1.15)
        return np.asarray(line * strength * tissue.contrast * (0.16 + 0.22 * amount), dtype=np.float32)


def _grid(shape: tuple[int, int]) -> FloatArray:
    return np.indices(shape).astype(np.float32)


class Rays:
    """Rays from the hilum to the border of one lung, along which it shrinks when air enters the pleural space.

    Args:
        lung: (H, W) bool, not empty.
        direction: +1 where the chest wall is to the right of the image.
    """

    count = 180
    most = 0.72
    """the part of a ray that a lung loses at most: a collapsed lung stays a stump at the hilum"""

    def __init__(self, lung: BoolArray, direction: int) -> None:
        rows, columns = np.nonzero(lung)
        self.lung, self.direction = lung, direction
        medial, lateral = (columns.min(), columns.max()) if direction > 0 else (columns.max(), columns.min())
        self.center = np.array([np.quantile(rows, 0.52), medial + 0.22 * (lateral - medial)])
        self.angles = np.linspace(-np.pi, np.pi, self.count, endpoint=False)
        self.steps = np.arange(0, float(np.hypot(*lung.shape)), 0.5)
        lines = np.stack([np.sin(self.angles), np.cos(self.angles)])[:, :, None] * self.steps
        self.points = lines + self.center[:, None, None]
        inside = ndimage.map_coordinates(lung.astype(np.float32), self.points, order=0, mode="constant")
        reach = np.where(inside > 0, self.steps, 0).max(axis=1)
        self.reach = np.maximum(ndimage.gaussian_filter1d(reach, 1.0, mode="wrap"), 1.0)

    def shrinkage(self, region: BoolArray, growth: float = 1.0) -> Curve:
        """The part of each ray that a region of air covers, times `growth`, without corners, 0..`most`, (count,).

        Air rises and the lung hangs on its hilum, so there is none under the lung and little beside the mediastinum.
        """
        covered = ndimage.map_coordinates(region.astype(np.float32), self.points, order=0, mode="constant").sum(axis=1)
        part = np.minimum(growth * covered * 0.5 / self.reach, self.most)
        free = np.clip((np.cos(self.angles) * self.direction + 0.35) / 0.3, 0, 1)
        free = free * np.clip((0.85 - np.sin(self.angles)) / 0.5, 0, 1)
        wide = ndimage.gaussian_filter1d(part * free, 4 + 12 * part.max(), mode="wrap") * free
        return np.asarray(np.minimum(wide * min((part * free).max() / max(wide.max(), 1e-6), 1.6), self.most))

    def _polar(self, values: Curve) -> tuple[FloatArray, FloatArray]:
        """Distance of every pixel to the center, and a value by angle at every pixel."""
        down, right = _grid((self.lung.shape[0], self.lung.shape[1])) - self.center[:, None, None].astype(np.float32)
        position = (np.arctan2(down, right) + np.pi) / (2 * np.pi) * self.count
        looped = np.concatenate([values, values[:1]])
        return np.hypot(down, right), np.interp(position, np.arange(self.count + 1), looped).astype(np.float32)

    def space(self, shrunk: Curve, least: float) -> BoolArray:
        """The air between the lung's new border and the wall; thinner than `least` pixels is none, (H, W) bool."""
        distance, border = self._polar(self.reach * (1 - shrunk))
        _, thickness = self._polar(self.reach * shrunk)
        return without_crumbs(self.lung & (distance > border) & (thickness > least))

    def retraction(self, shrunk: Curve) -> FloatArray:
        """Where each pixel of the retracted lung comes from, (2, H, W)."""
        _, part = self._polar(shrunk)
        grid = _grid((self.lung.shape[0], self.lung.shape[1]))
        center = self.center[:, None, None].astype(np.float32)
        return np.where(self.lung, center + (grid - center) / (1 - part), grid).astype(np.float32)
