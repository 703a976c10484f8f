# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Statistics of reports: area under the ROC curve, bootstrap intervals, intervals of shares; names for calls of SciPy.

Takes scores or counts; gives numbers, or a value with the ends of its 95% interval.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

Array = npt.NDArray[Any]
Values = Sequence[float] | npt.NDArray[Any]
Interval = tuple[float, float, float]
"""A value and the ends of its 95% interval."""
UNKNOWN: Interval = (math.nan, math.nan, math.nan)
ENDS = (0.025, 0.975)


def auroc(positives: Values, negatives: Values) -> float:
    """Area under the ROC curve, the chance that a positive scores above a negative; NaN where one side is empty."""
    if not len(positives) or not len(negatives):
        return math.nan
    found = stats.mannwhitneyu(positives, negatives, method="asymptotic")  # the method is that of the p-value, unused
    return float(found.statistic) / (len(positives) * len(negatives))


def mean_interval(values: npt.NDArray[np.floating[Any]], draws: int = 2000, seed: int = 0) -> Interval:
    """Mean with its 95% bootstrap interval; NaN is left out."""
    known = np.asarray(values, dtype=np.float64)
    known = known[np.isfinite(known)]
    if known.size < 2 or np.ptp(known) == 0:  # SciPy wants two values that differ
        return (float(known.mean()),) * 3 if known.size else UNKNOWN
    rng = np.random.default_rng(seed)
    found = stats.bootstrap((known,), np.mean, n_resamples=draws, method="percentile", random_state=rng)
    return float(known.mean()), float(found.confidence_interval.low), float(found.confidence_interval.high)


def statistic_interval(
    statistic: Callable[..., float], sets: Sequence[Array], draws: int = 1000, seed: int = 0
) -> Interval:
    """A statistic for which repeated cases do no harm (an AUROC, a share), with its 95% bootstrap interval.

    Written out since `scipy.stats.bootstrap` takes no sets of features (N, ...) and no draw without a value.
    """
    if not all(len(part) for part in sets):
        return UNKNOWN
    rng = np.random.default_rng(seed)
    again = [statistic(*[part[rng.integers(0, len(part), len(part))] for part in sets]) for _ in range(draws)]
    low, high = np.nanquantile(again, ENDS)
    return float(statistic(*sets)), float(low), float(high)


def wilson(count: int, cases: int) -> tuple[float, float]:
    """The 95% interval of a share (Wilson, JASA 1927); NaN of no cases."""
    if not cases:
        return math.nan, math.nan
    found = stats.binomtest(count, cases).proportion_ci(method="wilson")
    return float(found.low), float(found.high)
