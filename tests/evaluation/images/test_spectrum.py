# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A wave shows at its frequency, a blurred image lacks the high ones."""

from __future__ import annotations

import numpy as np
import pytest

from aurad_monai.evaluation.images.spectrum import high_share, radial_power, spectrum_distance

NOISE = np.random.default_rng(0).random((6, 1, 64, 64)).astype(np.float32)


def test_a_wave_shows_at_its_frequency() -> None:
    wave = np.sin(2 * np.pi * 9 * np.arange(64) / 64)[None, None, None].repeat(64, axis=2)
    assert radial_power(wave).shape == (1, 31)
    assert int(radial_power(wave)[0].argmax()) + 1 == 9


def test_ten_times_the_contrast_is_two_decades_of_power() -> None:
    assert spectrum_distance(radial_power(NOISE), radial_power(NOISE)) == 0
    assert spectrum_distance(radial_power(NOISE), radial_power(10 * NOISE)) == pytest.approx(2)


def test_blur_takes_the_high_frequencies() -> None:
    blurred = (NOISE + np.roll(NOISE, 1, -1) + np.roll(NOISE, 1, -2) + np.roll(NOISE, (1, 1), (-1, -2))) / 4
    assert (high_share(radial_power(blurred)) < high_share(radial_power(NOISE)) - 0.3).all()
