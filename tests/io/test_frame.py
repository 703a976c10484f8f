# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The square frame: nothing cropped, nothing stretched, no aliasing."""

from __future__ import annotations

import numpy as np
import pytest

from aurad_monai.io.frame import pad_to_square, to_frame


@pytest.mark.parametrize("shape", [(4, 7), (7, 4), (5, 5)])
def test_padding_is_centered_zeros(shape: tuple[int, int]) -> None:
    square = pad_to_square(np.ones(shape, np.float32))
    assert square.shape == (max(shape), max(shape))
    assert square.sum() == shape[0] * shape[1]
    rows, columns = np.nonzero(square)
    assert abs(rows.min() - (square.shape[0] - 1 - rows.max())) <= 1
    assert abs(columns.min() - (square.shape[1] - 1 - columns.max())) <= 1


def test_same_size_is_untouched() -> None:
    picture = np.random.default_rng(0).random((64, 64), dtype=np.float32)
    assert np.array_equal(to_frame(picture, 64), picture)


def test_shrinking_does_not_alias() -> None:
    stripes = np.tile(np.array([0.0, 1.0], np.float32), (512, 256))  # the finest pattern there is
    assert np.abs(to_frame(stripes, 128)[:, 2:-2] - 0.5).max() < 0.02


def test_resizing_stays_in_range() -> None:
    edge = np.zeros((100, 100), np.float32)
    edge[:, 50:] = 1.0
    framed = to_frame(edge, 256)
    assert framed.min() == 0.0
    assert framed.max() == 1.0
