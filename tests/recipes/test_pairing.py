# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Pairing: outlines go to the chests that can hold them."""

from __future__ import annotations

import numpy as np
import pytest

from aurad_monai.vocabulary import FINDING_NAMES, channel
from recipes.pairing import GRID, AnatomyPool, shrink
from tests.conftest import ellipse_chest


def test_shrink_averages_blocks() -> None:
    masks = np.zeros((2, 256, 256), np.uint8)
    masks[1, :4, :4] = 1
    masks[1, 4, 4] = 1
    small = shrink(masks)
    assert small.shape == (2, GRID, GRID) and small.dtype == np.float32
    assert small[1, 0, 0] == 1 and small[1, 1, 1] == pytest.approx(1 / 16) and small[0].max() == 0


def _fit(name: str, rows: slice, columns: slice) -> np.ndarray:
    chest = shrink(ellipse_chest())
    pool = AnatomyPool(np.stack([chest, np.roll(chest, 20, axis=-1)]))
    pathology = np.zeros((len(FINDING_NAMES), GRID, GRID), np.float32)
    pathology[channel(name), rows, columns] = 1
    return pool.fit(pathology)


def test_a_lung_lesion_fits_the_chest_whose_lungs_are_there() -> None:
    here, moved = _fit("consolidation", slice(28, 36), slice(16, 22))
    assert here == pytest.approx(1, abs=1e-3) and moved < 0.5


def test_a_fracture_fits_beyond_the_lung() -> None:
    edge = (slice(30, 34), slice(7, 9))  # just lateral of the lung
    assert _fit("fracture", *edge)[0] > _fit("mass", *edge)[0]


def test_cardiomegaly_is_compared_with_the_heart() -> None:
    here, moved = _fit("cardiomegaly", slice(28, 48), slice(26, 42))
    assert here > 0.7 > moved


def test_every_chest_holds_nothing() -> None:
    pool = AnatomyPool(np.stack([shrink(ellipse_chest())] * 3))
    assert pool.fit(np.zeros((len(FINDING_NAMES), GRID, GRID), np.float32)).tolist() == [1, 1, 1]
