# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Tables, pages and pictures of reports."""

from __future__ import annotations

import numpy as np

from aurad_monai.reporting import (
    html_page,
    html_picture,
    html_table,
    markdown_table,
    outline,
    with_masks,
    with_outlines,
)


def test_tables() -> None:
    assert markdown_table(("a", "b"), [(1, "x|y"), ("", 2.5)]) == [
        "| a | b |",
        "| --- | --- |",
        "| 1 | x/y |",
        "|  | 2.5 |",
    ]
    assert html_table(("a",), [("<b>1</b>",)]) == "<table><tr><th>a</th></tr>\n<tr><td><b>1</b></td></tr></table>"


def test_a_page_holds_its_pictures() -> None:
    page = html_page("A < B", [html_picture(b"x", 'a "b"')], ".own {}")
    assert "<title>A &lt; B</title>" in page and ".own {}" in page and "http" not in page
    assert 'alt="a &quot;b&quot;" src="data:image/png;base64,eA=="' in page


def test_an_outline_is_the_inner_border() -> None:
    mask = np.zeros((7, 7), bool)
    mask[1:6, 1:6] = True
    assert outline(mask).sum() == 16
    assert not outline(mask)[3, 3]
    assert outline(np.ones((4, 4), bool)).sum() == 12  # a mask at the border of the frame is closed there


def test_masks_and_outlines_in_color() -> None:
    picture, mask = np.full((6, 6, 3), 100.0), np.zeros((1, 6, 6))
    mask[0, 1:5, 1:5] = 1
    assert with_masks(picture, mask, [(200, 0, 0)], 0.5)[2, 2].tolist() == [150, 50, 50]
    drawn = with_outlines(picture, mask, [(200, 0, 0)])
    assert drawn[1, 1].tolist() == [200, 0, 0] and drawn[2, 2].tolist() == [100, 100, 100]
    assert (picture == 100).all()
