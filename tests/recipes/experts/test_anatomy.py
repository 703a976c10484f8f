# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A lung that runs out of the chest leaks, by the measure that says how, and a real one does not."""

from __future__ import annotations

import numpy as np
import pytest

from recipes.experts.anatomy import MARGIN, Mask, dice, leaks, shape


def chest() -> Mask:
    """Two upright boxes as lungs, in a frame of 64 pixels."""
    lungs = np.zeros((2, 64, 64), dtype=bool)
    lungs[0, 12:48, 36:54] = lungs[1, 12:48, 10:28] = True
    return lungs


BOUNDS = MARGIN * shape(chest()).max(axis=0) + 0.01


def test_what_set_the_bounds_is_within_them() -> None:
    assert leaks(chest(), BOUNDS) == []
    assert leaks(np.zeros((2, 8, 8), dtype=bool), BOUNDS) == []  # no lung is no leak


@pytest.mark.parametrize(
    ("rows", "columns", "found"),
    [
        (slice(12, 48), slice(36, 64), {"area", "width", "border"}),  # to the edge of the frame
        (slice(30, 60), slice(36, 42), {"height", "drop", "roughness"}),  # down into the abdomen
        (slice(12, 48), slice(20, 36), {"area", "width", "overlap"}),  # across to the other lung
    ],
)
def test_a_leak_is_named(rows: slice, columns: slice, found: set[str]) -> None:
    lungs = chest()
    lungs[0, rows, columns] = True
    assert set(leaks(lungs, BOUNDS)) >= found


def test_dice_by_hand() -> None:
    one, other = np.zeros((2, 4, 4), dtype=bool)
    one[:2], other[1:2] = True, True
    assert dice(one, other) == pytest.approx(2 * 4 / 12)
