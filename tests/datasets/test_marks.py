# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Boxes, polygons and run-length codes land where the picture lands in the frame."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aurad_monai.datasets.marks import Outline, Runs, box
from aurad_monai.errors import InputError
from aurad_monai.io.frame import to_frame


def encode(mask: np.ndarray, by_column: bool, relative: bool) -> str:
    """The inverse of `Runs.decode`."""
    flat = np.concatenate([[0], (mask.T if by_column else mask).ravel(), [0]])
    starts, ends = np.nonzero(np.diff(flat) == 1)[0], np.nonzero(np.diff(flat) == -1)[0]
    shown = starts - np.concatenate([[0], ends])[: len(starts)] if relative else starts + 1
    return " ".join(f"{start} {length}" for start, length in zip(shown, ends - starts, strict=True))


@given(
    rows=st.lists(st.lists(st.booleans(), min_size=5, max_size=5), min_size=1, max_size=7),
    by_column=st.booleans(),
    relative=st.booleans(),
)
def test_runs_are_read_back(rows: list[list[bool]], by_column: bool, relative: bool) -> None:
    mask = np.array(rows, dtype=np.uint8)
    code = encode(mask, by_column, relative)
    shape = (mask.shape[0], mask.shape[1])
    assert (Runs("mass", code, shape, by_column, relative).decode() == mask).all()


@given(st.text("0123456789 -x", max_size=30))
def test_malformed_runs_are_one_error(text: str) -> None:
    try:
        assert Runs("mass", text, (8, 8)).decode().shape == (8, 8)
    except InputError as error:
        assert "\n" not in str(error)


def test_a_box_covers_what_the_picture_shows_there() -> None:
    picture = np.zeros((100, 200), dtype=np.float32)
    picture[20:60, 50:150] = 1
    drawn = box("mass", 50, 20, 150, 60).draw((100, 200), 64)
    shown = to_frame(picture, 64) >= 0.5
    assert (drawn & shown).sum() / (drawn | shown).sum() > 0.9


def test_marks_of_another_resolution_are_scaled() -> None:
    small = box("mass", 0.25, 0.2, 0.75, 0.6, extent=(1.0, 1.0)).draw((100, 200), 64)
    assert (small == box("mass", 50, 20, 150, 60).draw((100, 200), 64)).all()


def test_a_line_is_no_outline() -> None:
    assert not Outline("mass", ((0, 0), (9, 9))).draw((10, 10), 16).any()


def test_only_a_box_is_boxed() -> None:
    assert box("mass", 0, 0, 1, 1).boxed
    assert not Outline("mass", ()).boxed and not Runs("mass", "", (4, 4)).boxed


def test_runs_beyond_the_picture_are_refused() -> None:
    with pytest.raises(InputError, match="10 x 10"):
        Runs("pneumothorax", "95 10", (10, 10)).draw((10, 10), 64)
