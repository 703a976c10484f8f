# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Compose cardiomegaly: the heart itself is widened by a smooth displacement, in the image and in the anatomy alike."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from aurad_monai.lesions.chest_tissue import BoolArray, ChestTissue, FloatArray, smoothed
from aurad_monai.lesions.fit_shape import SOURCE_LATERAL
from aurad_monai.lesions.lesion_shapes import LesionShape
from aurad_monai.lesions.lesion_transform import Composed, LesionTransformd
from aurad_monai.lesions.texture import evened, without_crumbs
from aurad_monai.vocabulary import ANATOMY_NAMES

HEART_HEIGHT = 0.62
"""height of the outlined heart as part of its width, the median of ChestX-Det's cardiomegaly outlines"""


class AddCardiomegalyd(LesionTransformd):
    """A heart wider than half of the chest.

    The cardiothoracic ratio of the result is that of the drawn outline. Only what the wider heart covers is replaced,
    by the displaced heart and its border, so that ribs and vessels beside it stay where they are. The cardiomediastinum
    of the anatomy changes with the image.
    """

    finding = "cardiomegaly"
    density = (0.3, 1.0)
    ratios = (0.53, 0.68)
    _ratio = 0.6

    def fit(self, tissue: ChestTissue, shapes: Sequence[LesionShape], mirror: bool = False) -> list[BoolArray]:
        """The chest's own heart, provided it can be made wider; the outline gives only the ratio."""
        self._ratio = float(shapes[0].extent[0] / (2 * SOURCE_LATERAL.max()))
        return [tissue.heart] if tissue.heart.any() and tissue.lungs.any() else []

    def compose(self, tissue: ChestTissue, regions: Sequence[BoolArray]) -> Composed:
        widths = tissue.heart.sum(axis=1)
        top, bottom = int(np.argmax(widths > 0)), int(np.nonzero(widths > 0.5 * widths.max())[0].max())
        columns = np.nonzero(tissue.lungs.any(axis=0))[0]
        chest = float(columns.max() - columns.min() + 1)
        ratio = float(np.clip(self._ratio + self.R.uniform(-0.02, 0.03), *self.ratios))
        wider = float(np.clip(ratio * chest / max(float(widths.max()), 1.0), 1.12, 1.6))
        sources = self._displacement(tissue, top, bottom, wider)
        heart = ndimage.map_coordinates(tissue.heart.astype(np.float32), sources, order=1) > 0.5
        heart[bottom + round(4 * tissue.unit) :] = False
        heart = without_crumbs(evened(heart | tissue.heart, 1.5 * tissue.unit) & ~self._beyond(tissue))
        image = self._replaced(tissue, heart, sources)
        anatomy = tissue.anatomy.copy()
        anatomy[ANATOMY_NAMES.index("cardiomediastinum")] = heart
        return Composed(image, self._outline(heart, top, bottom), anatomy)

    def _displacement(self, tissue: ChestTissue, top: int, bottom: int, wider: float) -> list[FloatArray]:
        """Where each pixel of the wider heart comes from: (rows, columns)."""
        upper = tissue.heart[top : top + max((bottom - top) // 3, 1)]
        center = float(np.nonzero(upper)[1].mean())
        rows, columns = np.mgrid[: tissue.shape[0], : tissue.shape[1]].astype(np.float32)
        down = np.clip((rows - top) / max(bottom - top, 1), 0, 1)
        start = self.R.uniform(0.3, 0.4)
        grown = np.clip((down - start) / 0.35, 0, 1)
        grown = grown * grown * (3 - 2 * grown)
        more = self.R.uniform(0.0, 0.35) * (wider - 1)
        factor = 1 + grown * np.where(columns > center, wider - 1 + more, wider - 1 - more)
        return [rows, center + (columns - center) / factor]

    @staticmethod
    def _beyond(tissue: ChestTissue) -> BoolArray:
        """Pixels lateral of both lungs, row by row, which no heart reaches."""
        inside = np.logical_or.accumulate(tissue.lungs, axis=1)
        inside &= np.logical_or.accumulate(tissue.lungs[:, ::-1], axis=1)[:, ::-1]
        return np.asarray(~inside & ~tissue.heart & np.asarray(tissue.lungs.any(axis=1))[:, None])

    def _replaced(self, tissue: ChestTissue, heart: BoolArray, sources: list[FloatArray]) -> FloatArray:
        unit = tissue.unit
        displaced = ndimage.map_coordinates(tissue.image, sources, order=1, mode="nearest")
        alpha = np.clip(1.15 * smoothed(ndimage.binary_dilation(heart, iterations=round(2 * unit)), 1.5 * unit), 0, 1)
        denser = smoothed(heart & ~tissue.heart, 4 * unit) * 0.06 * tissue.contrast
        return np.asarray(tissue.image + alpha * (displaced + denser - tissue.image), dtype=np.float32)

    @staticmethod
    def _outline(heart: BoolArray, top: int, bottom: int) -> BoolArray:
        """The heart without the great vessels above it: rounded on top, as radiologists outline it."""
        columns = np.nonzero(heart[(top + bottom) // 2 : bottom + 1].any(axis=0))[0]
        if not columns.size:
            return heart
        width, center = columns.max() - columns.min() + 1, (columns.max() + columns.min()) / 2
        across = np.clip(np.abs(np.arange(heart.shape[1]) - center) / (width / 2), 0, 1)
        ceiling = bottom - HEART_HEIGHT * width * (0.55 + 0.45 * np.sqrt(1 - across**2))
        rows = np.arange(heart.shape[0])[:, None]
        return np.asarray(heart & (rows >= ceiling[None]) & (rows <= bottom + 0.05 * width))
