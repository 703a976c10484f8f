# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Intervals hold what they should as often as they should, and figures survive the way to JSON and back."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from aurad_monai.evaluation.images.feature_distances import frechet_distance
from aurad_monai.evaluation.metric_result import MetricResult, half_sample_intervals, mean_result


def test_intervals_from_halves_cover_the_truth() -> None:
    """Means of 40 normal numbers: about 95 of 100 intervals hold 0, and they are as wide as 4 standard errors."""
    rng, held, widths = np.random.default_rng(0), 0, []
    for trial in range(100):
        sets = [rng.normal(size=(40, 1))]
        found = half_sample_intervals(lambda part: {"mean": float(part.mean())}, sets, {}, 100, trial)
        _, low, high = found["mean"]
        held += low <= 0 <= high
        widths.append(high - low)
    assert 86 <= held <= 99
    assert np.mean(widths) == pytest.approx(2 * 1.96 / 40**0.5, rel=0.15)


def test_an_interval_holds_its_own_distance() -> None:
    rng = np.random.default_rng(1)
    sets = [rng.normal(size=(60, 30)), rng.normal(0.2, size=(60, 30))]  # halves alone would give far larger distances
    value, low, high = half_sample_intervals(lambda a, b: {"FD": frechet_distance(a, b)}, sets, {"FD": (0, 99)})["FD"]
    assert low < value < high and low >= 0


def test_bounds_and_small_sets() -> None:
    few = [np.zeros((19, 2))]
    assert half_sample_intervals(lambda part: {"x": 1.0}, few, {}) == {}
    many = [np.random.default_rng(0).random((20, 1))]
    found = half_sample_intervals(lambda part: {"share": float((part < 2).mean())}, many, {"share": (0, 1)})
    assert found["share"] == (1, 1, 1)


def test_a_figure_survives_json() -> None:
    metric = mean_result("mask_adherence", "Dice", np.array([0.5, np.nan, 1.0]), None, "left_lung", "higher")
    assert metric.count == 2 and metric.value[0] == 0.75
    back = MetricResult.from_json(json.loads(json.dumps(metric.as_json(), allow_nan=False)))
    assert back.value[0] == 0.75 and math.isnan(back.real[0]) and back.group == "left_lung"
