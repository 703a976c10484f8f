# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A place in one chest is the same place in another, wherever its lungs are."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from aurad_monai.anatomy.lungs_box import lungs_box, moved_along


def block(top: int, bottom: int, left: int, right: int, size: int = 64) -> np.ndarray:
    mask = np.zeros((size, size), bool)
    mask[top:bottom, left:right] = True
    return mask


def test_the_box_holds_both_lungs() -> None:
    assert lungs_box(block(3, 9, 4, 8) | block(5, 20, 40, 50)) == (3, 20, 4, 50)
    assert lungs_box(np.zeros((8, 8), bool)) is None


def test_a_mask_moves_and_grows_with_the_lungs() -> None:
    moved = moved_along(block(10, 15, 10, 15), (10, 20, 10, 20), (20, 40, 30, 50))
    assert np.array_equal(moved, block(20, 30, 30, 40))


@given(st.integers(0, 20), st.integers(1, 40), st.integers(0, 20), st.integers(1, 40))
def test_to_its_own_box_it_stays(top: int, height: int, left: int, width: int) -> None:
    mask, box = block(5, 30, 8, 44), (top, top + height, left, left + width)
    assert np.array_equal(moved_along(mask, box, box), mask)


def test_what_leaves_the_frame_is_cut() -> None:
    assert not moved_along(block(0, 5, 0, 5), (20, 30, 20, 30), (0, 10, 0, 10)).any()
