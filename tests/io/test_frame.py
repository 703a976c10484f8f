# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The square frame: nothing cropped, nothing stretched, no aliasing."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from aurad_monai.io.frame import square_of, to_frame, to_square
from recipes.public_cxr import framed


@pytest.mark.parametrize("shape", [(4, 7), (7, 4), (5, 5)])
def test_padding_is_centered_zeros(shape: tuple[int, int]) -> None:
    square = to_square(np.ones(shape, np.float32))
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


@pytest.mark.parametrize("shape", [(40, 70), (70, 41), (50, 50)])
@pytest.mark.parametrize("fit", ["pad", "crop"])
def test_the_square_names_what_the_frame_shows(shape: tuple[int, int], fit: str) -> None:
    picture = np.zeros(shape, np.float32)
    picture[shape[0] // 2, shape[1] // 2] = 1.0
    left, top, side = square_of(shape[1], shape[0], fit)  # type: ignore[arg-type]
    square = to_square(picture, fit)  # type: ignore[arg-type]
    assert square.shape == (side, side)
    assert square[shape[0] // 2 - top, shape[1] // 2 - left] == 1.0


def test_recipes_and_users_share_one_geometry() -> None:
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, (300, 260), dtype=np.uint8))
    trained = framed(picture, 128)
    used = to_frame(np.asarray(picture) / 255, 128)
    assert np.abs(trained / 255 - used).max() <= 0.5 / 255 + 1e-6
