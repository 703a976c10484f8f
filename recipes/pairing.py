# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Give outlined findings without a chest a chest that can hold them, so that bundle 1 learns pathology inside anatomy.

ChestX-Det outlines come from full frames of the same source as the radiographs whose anatomy is known, so no
registration is needed: among those anatomies the best holders are taken. What a finding asks of a chest:

    lung-bound findings           share of their area inside the lungs
    ... that take whole lungs     Dice with the lungs of the sides they lie on
    effusion                      that share, and its lowest point near the base of its lung
    pleural findings, ribs        share of their area inside the lungs and a margin around them
    cardiomegaly                  Dice with the cardiomediastinum
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from skimage.morphology import convex_hull_image

from aurad_monai import vocabulary

GRID = 64
FloatArray = npt.NDArray[np.float32]


def shrink(masks: npt.NDArray[np.generic]) -> FloatArray:
    """Average (..., H, W) down to (..., GRID, GRID)."""
    *lead, height, width = masks.shape
    blocks = masks.reshape(*lead, GRID, height // GRID, GRID, width // GRID)
    return np.asarray(blocks.mean(axis=(-3, -1), dtype=np.float32))


WHOLE_LUNG = ("diffuse_nodule", "emphysema")
"""Findings whose outlines follow the lungs they are in."""
BASE_REACH = 5.0
"""Rows of the grid between an effusion's lowest point and the base of its lung at which a fit has fallen to 1/e."""


MIN_SOLIDITY = 0.85
"""Area of a lung by that of its convex hull; a segmentation that leaks or misses a part has less."""
MIN_LUNG = 0.03
"""Area of a lung as a fraction of the frame."""


def is_plausible(anatomy: npt.NDArray[np.uint8]) -> bool:
    """Whether both lungs of an anatomy (3, H, W) have the shape of lungs, so that others can be given this chest."""
    for lung in anatomy[:2] > 0:
        area = int(lung.sum())
        if area < MIN_LUNG * lung.size or area < MIN_SOLIDITY * convex_hull_image(lung).sum():
            return False
    return True


class AnatomyPool:
    """Anatomies to choose from.

    Args:
        anatomies: (N, 3, GRID, GRID) shrunk anatomies.
    """

    def __init__(self, anatomies: FloatArray) -> None:
        lungs = np.maximum(anatomies[:, 0], anatomies[:, 1])
        wide = np.stack([ndimage.maximum_filter(lung, size=5) for lung in lungs])
        self.sides = anatomies[:, :2].reshape(len(lungs), 2, -1)
        self.lungs = lungs.reshape(len(lungs), -1)
        self.wide = wide.reshape(len(lungs), -1)
        self.heart = anatomies[:, 2].reshape(len(lungs), -1)
        rows = np.arange(GRID)[:, None] * (anatomies[:, :2].max(axis=-1, keepdims=True) > 0.5)
        self.bases = rows.max(axis=(-2, -1)).astype(np.float32)

    def fit(self, pathology: FloatArray) -> FloatArray:
        """How well each anatomy holds a record.

        Args:
            pathology: (findings, GRID, GRID) shrunk masks.

        Returns:
            (N,) mean over the record's findings in [0, 1]; ones where it has none.
        """
        scores = [
            self._fit_finding(term, pathology[channel])
            for channel, term in enumerate(vocabulary.FINDINGS)
            if pathology[channel].any()
        ]
        return np.mean(scores, axis=0, dtype=np.float32) if scores else np.ones(len(self.lungs), np.float32)

    def _fit_finding(self, term: vocabulary.FindingTerm, shape: FloatArray) -> FloatArray:
        flat, area = shape.ravel(), float(shape.sum())
        if term.name == "cardiomegaly":
            return np.asarray(2 * self.heart @ flat / (self.heart.sum(1) + area))
        if term.name in WHOLE_LUNG:
            held = self.sides @ flat
            taken = (self.sides.sum(axis=2) * (held > 0.1 * area)).sum(axis=1)
            return np.asarray(2 * held.sum(axis=1) / (taken + area))
        share = (self.lungs if term.lung_bound else self.wide) @ flat / area
        return np.asarray(share * self._reaches_base(shape) if term.name == "effusion" else share)

    def _reaches_base(self, shape: FloatArray) -> FloatArray:
        """(N,) how near the lowest points of an effusion (GRID, GRID) are to the bases of the lungs on its sides."""
        halves = (shape[:, GRID // 2 :], shape[:, : GRID // 2])  # the patient's left is on the right of the picture
        near, weight = np.zeros(len(self.bases), np.float32), 0.0
        for side, half in enumerate(halves):
            rows = np.flatnonzero(half.max(axis=1) > 0.5)
            if rows.size:
                near += half.sum() * np.exp(-(((self.bases[:, side] - rows[-1]) / BASE_REACH) ** 2))
                weight += float(half.sum())
        return near / weight if weight else np.ones(len(self.bases), np.float32)
