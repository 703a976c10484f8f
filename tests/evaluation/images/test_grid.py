# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The grid test finds a planted pattern at its own period, however faint, and none where there is only grain."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from aurad_monai.evaluation.images.grid import PERIODS, GridPeaks, grid_peak, grid_test
from aurad_monai.evaluation.images.spectrum import radial_power, spectrum_gap
from aurad_monai.evaluation.measure import Batch, Measured
from tests.conftest import plain_case

COUNT, EDGE = 12, 128


def films(seed: int, grain: float = 1.0) -> np.ndarray:
    """Smooth shapes with fine grain, (12, 1, 128, 128)."""
    noise = np.random.default_rng(seed).standard_normal((2, COUNT, 1, EDGE, EDGE))
    shapes = ndimage.gaussian_filter(noise[0], (0, 0, 9, 9)) * 2
    return np.asarray(0.5 + shapes + 0.01 * grain * ndimage.gaussian_filter(noise[1], (0, 0, 0.7, 0.7)), np.float32)


def blocks(period: int) -> np.ndarray:
    """The edge of every block a little brighter."""
    line = (np.arange(EDGE) % period == 0).astype(np.float32)
    return 0.004 * np.maximum(line[:, None], line)


@pytest.mark.parametrize("period", PERIODS)
def test_a_planted_grid_stands_out_at_its_period(period: int) -> None:
    plain = grid_peak(films(0), period)
    assert abs(plain.mean()) < 0.2
    assert grid_peak(films(0) + blocks(period), period).mean() > plain.mean() + 0.2


def test_its_row_stands_beside_real_images() -> None:
    def measured(images: np.ndarray) -> Measured:
        values = GridPeaks()(Batch([plain_case(str(i), image=image) for i, image in enumerate(images)]))
        return Measured(tuple(map(str, range(COUNT))), dict(values), "", {}, tuple(range(COUNT)))

    rows = grid_test(measured(films(0) + blocks(8)), measured(films(1)))
    assert [row.name for row in rows] == ["grid of 8 pixels", "grid of 16 pixels"]
    assert rows[0].value[1] > rows[0].real[2] and abs(rows[1].real[0]) < 0.2


def test_missing_texture_is_a_gap_and_other_shapes_are_none() -> None:
    real, other, smooth = (radial_power(films(seed, grain)) for seed, grain in ((0, 1.0), (1, 1.0), (2, 0.5)))
    assert spectrum_gap(real, other) < 0.1
    assert spectrum_gap(real, smooth) == pytest.approx(2 * np.log10(2), abs=0.1)  # half the grain, a quarter the power
