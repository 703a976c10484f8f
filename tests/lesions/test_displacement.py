# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Displacements: nothing asked moves nothing, floors move as far as asked, order of two displacements."""

from __future__ import annotations

import numpy as np
import pytest

from aurad_monai.lesions.displacement import (
    LATERAL,
    followed_by,
    lowered_floor,
    lung_floor,
    moved,
    moved_masks,
    narrowed_heart,
)
from tests.conftest import ellipse_chest

NONE = dict.fromkeys(LATERAL, 0.0)


def test_nothing_asked_moves_nothing() -> None:
    anatomy = ellipse_chest() > 0
    grid = np.indices(anatomy.shape[1:])
    assert np.abs(lowered_floor(anatomy, NONE, NONE) - grid).max() < 1e-3
    assert np.abs(narrowed_heart(anatomy, 0.0, 0.0) - grid).max() < 1e-3
    assert np.abs(narrowed_heart(np.zeros_like(anatomy), 0.3, 0.1) - grid).max() < 1e-3


@pytest.mark.parametrize("part", [0.1, -0.08])
def test_floor_moves_by_the_part_asked(part: float) -> None:
    anatomy = ellipse_chest() > 0
    sources = lowered_floor(anatomy, NONE, NONE | {"right_lung": part})
    height = np.ptp(np.nonzero(anatomy[1])[0])
    floors = [lung_floor(lung, -1)[0][70:85].mean() for lung in (anatomy[1], moved_masks(anatomy, sources)[1])]
    assert floors[1] - floors[0] == pytest.approx(part * height, abs=3)
    assert np.abs(sources[:, :60] - np.indices((60, 256))).max() < 1


def test_floor_continues_level_beyond_the_angle() -> None:
    floor, medial, angle = lung_floor(ellipse_chest()[0] > 0, 1)
    assert medial < angle
    assert floor[-1] == pytest.approx(floor[angle], abs=2)


def test_second_displacement_acts_on_the_result_of_the_first() -> None:
    image = np.zeros((20, 20), dtype=np.float32)
    image[10, 5] = 1
    rows, columns = np.indices(image.shape).astype(np.float32)
    right, down = np.stack([rows, columns - 3]), np.stack([rows - 2, columns])
    both = moved(image, followed_by(right, down))
    assert both[12, 8] == pytest.approx(1, abs=1e-3)
