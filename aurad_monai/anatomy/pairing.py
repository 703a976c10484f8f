# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Give outlined findings without a chest a chest that can hold them, so that bundle 1 learns pathology inside anatomy.

ChestX-Det outlines come from full frames of the same source as the radiographs whose anatomy is known, so no
registration is needed: among those anatomies the best holders are taken. What a finding asks of a chest:

    lung-bound findings       share of their area inside the lungs
    pleural findings, ribs    share of their area inside the lungs and a margin around them
    cardiomegaly              Dice with the cardiomediastinum
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from aurad_monai import vocabulary

GRID = 64
FloatArray = npt.NDArray[np.float32]


def shrink(masks: npt.NDArray[np.generic]) -> FloatArray:
    """Average (..., H, W) down to (..., GRID, GRID)."""
    *lead, height, width = masks.shape
    blocks = masks.reshape(*lead, GRID, height // GRID, GRID, width // GRID)
    return np.asarray(blocks.mean(axis=(-3, -1), dtype=np.float32))


class AnatomyPool:
    """Anatomies to choose from.

    Args:
        anatomies: (N, 3, GRID, GRID) shrunk anatomies.
    """

    def __init__(self, anatomies: FloatArray) -> None:
        lungs = np.maximum(anatomies[:, 0], anatomies[:, 1])
        wide = np.stack([ndimage.maximum_filter(lung, size=5) for lung in lungs])
        self.lungs = lungs.reshape(len(lungs), -1)
        self.wide = wide.reshape(len(lungs), -1)
        self.heart = anatomies[:, 2].reshape(len(lungs), -1)

    def fit(self, pathology: FloatArray) -> FloatArray:
        """How well each anatomy holds a record.

        Args:
            pathology: (13, GRID, GRID) shrunk masks.

        Returns:
            (N,) mean over the record's findings in [0, 1]; ones where it has none.
        """
        scores = []
        for channel, term in enumerate(vocabulary.FINDINGS):
            shape = pathology[channel].ravel()
            if not shape.any():
                continue
            if term.name == "cardiomegaly":
                scores.append(2 * self.heart @ shape / (self.heart.sum(1) + shape.sum()))
            else:
                scores.append((self.lungs if term.lung_bound else self.wide) @ shape / shape.sum())
        return np.mean(scores, axis=0, dtype=np.float32) if scores else np.ones(len(self.lungs), np.float32)
