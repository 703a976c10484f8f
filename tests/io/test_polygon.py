# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Polygons are filled with their border; lines are none."""

from __future__ import annotations

from aurad_monai.io.polygon import fill_polygons


def test_a_square_with_its_border() -> None:
    mask = fill_polygons([[(1, 2), (4, 2), (4, 5), (1, 5)]], (8, 6))
    assert mask.shape == (8, 6) and mask.sum() == 16 and mask[2:6, 1:5].all()


def test_several_are_joined_and_lines_left_out() -> None:
    first, second = [(0, 0), (2, 0), (2, 2), (0, 2)], [(1, 1), (3, 1), (3, 3), (1, 3)]
    assert fill_polygons([first, second, [(0, 5), (5, 5)], []], (6, 6)).sum() == 9 + 9 - 4
