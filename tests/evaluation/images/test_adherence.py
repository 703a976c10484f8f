# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from aurad_monai.evaluation.images.adherence import structure_dice


class Threshold:
    """An expert that calls bright pixels the first structure and dark ones the second."""

    targets = ("bright", "dark")
    value_range = (0.0, 1.0)
    size = 4

    def __call__(self, images: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
        return np.concatenate([images > 0.5, images <= 0.5], axis=1).astype(np.uint8)


def test_dice_by_hand() -> None:
    images = np.zeros((1, 1, 4, 4), dtype=np.float32)
    images[0, 0, :2] = 1.0  # eight bright pixels
    requested = np.zeros((1, 2, 4, 4), dtype=np.uint8)
    requested[0, 0, :1] = 1  # four of them were asked for
    dice = structure_dice(images, requested, Threshold())
    assert dice[0, 0] == pytest.approx(2 * 4 / (8 + 4))
    assert np.isnan(dice[0, 1])  # not asked for
    assert structure_dice(1 - images, requested, Threshold())[0, 0] == 0  # bright where nothing was asked
