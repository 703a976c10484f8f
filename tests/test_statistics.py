# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Statistics against values known by hand and against the formulas written out."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import rankdata

from aurad_monai.statistics import auroc, mean_interval, statistic_interval, wilson


def test_auroc_of_known_scores() -> None:
    assert auroc([3, 4], [1, 2]) == 1
    assert auroc([1, 2], [3, 4]) == 0
    assert auroc([1, 1], [1, 1]) == 0.5
    assert auroc([1, 3], [2]) == 0.5
    assert np.isnan(auroc([], [1]))


@pytest.mark.parametrize("seed", range(5))
def test_auroc_is_the_mean_rank_of_positives(seed: int) -> None:
    """With ties, as probabilities rounded to a grid have them."""
    rng = np.random.default_rng(seed)
    positives, negatives = rng.integers(0, 30, 40) / 30, rng.integers(0, 25, 60) / 30
    ranks = rankdata([*positives, *negatives])[:40]
    assert auroc(positives, negatives) == pytest.approx((ranks.sum() - 40 * 41 / 2) / 2400, abs=1e-12)


def test_interval_holds_the_mean_and_leaves_nan_out() -> None:
    mean, low, high = mean_interval(np.array([0.0, 1.0, 1.0, np.nan, 1.0]))
    assert mean == pytest.approx(0.75)
    assert low < mean < high
    assert all(np.isnan(value) for value in mean_interval(np.array([np.nan])))


@pytest.mark.parametrize("count", [2, 31, 400])
def test_the_interval_of_a_mean_is_that_of_resampled_means(count: int) -> None:
    values = np.random.default_rng(count).normal(size=count)
    rng = np.random.default_rng(0)
    means = values[rng.integers(0, count, (2000, count))].mean(axis=1)
    expected = (values.mean(), *np.quantile(means, [0.025, 0.975]))
    assert mean_interval(values) == pytest.approx(expected, abs=1e-12)
    assert mean_interval(np.ones(count)) == (1, 1, 1) and mean_interval(np.array([0.3])) == (0.3, 0.3, 0.3)


def test_statistic_interval() -> None:
    value, low, high = statistic_interval(lambda part: float(part.mean()), [np.array([0.0, 1.0] * 50)])
    assert value == 0.5 and low == pytest.approx(0.4, abs=0.03) and high == pytest.approx(0.6, abs=0.03)
    assert all(math.isnan(x) for x in statistic_interval(lambda part: 0.0, [np.zeros(0)]))


def test_the_interval_of_a_share() -> None:
    for count, cases in ((0, 10), (3, 10), (190, 200)):
        z, share = 1.959964, count / cases
        center = (share + z * z / (2 * cases)) / (1 + z * z / cases)
        half = z / (1 + z * z / cases) * math.sqrt(share * (1 - share) / cases + z * z / (4 * cases * cases))
        assert wilson(count, cases) == pytest.approx((center - half, center + half), abs=1e-6)
    assert all(math.isnan(end) for end in wilson(0, 0))
