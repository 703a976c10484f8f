# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Result of a metric: value with 95% interval, number of cases, the same metric on real data; bootstrap intervals.

Takes per-case values or features; gives `MetricResult` rows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from aurad_monai.statistics import UNKNOWN, Interval, mean_interval

MIN_CASES = 20
"""Minimum size of a set for a distribution metric: half of it must hold six neighbors."""
Features = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True)
class MetricResult:
    """One row of a table.

    Args:
        family: fidelity, mask_adherence, attribute_adherence, privacy, two_sample_test, counterfactual.
        name: of the metric.
        value: (value, low, high), 95%; NaN where it could not be measured.
        count: number of cases.
        group: encoder, structure or finding, for metrics with several rows.
        real: the same on real data: real-vs-real baseline of a distance, upper bound of a score.
        real_count: number of real cases.
        better: lower, higher, or "" where neither is.
        note: remark for the reader.
    """

    family: str
    name: str
    value: Interval
    count: int
    group: str = ""
    real: Interval = UNKNOWN
    real_count: int = 0
    better: str = ""
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        """As plain data; JSON has no NaN, so what is unknown is null."""
        content = asdict(self)
        for key in ("value", "real"):
            content[key] = [round(number, 6) if math.isfinite(number) else None for number in content[key]]
        return content

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> MetricResult:
        """The way back; raises KeyError or TypeError where the content is not of that kind."""
        read = {key: tuple(math.nan if x is None else float(x) for x in content[key]) for key in ("value", "real")}
        return cls(**{**content, **read})


def mean_result(
    family: str,
    name: str,
    values: npt.NDArray[np.floating[Any]],
    real: npt.NDArray[np.floating[Any]] | None = None,
    group: str = "",
    better: str = "",
    note: str = "",
) -> MetricResult:
    """A mean over cases with its bootstrap interval; NaN is left out and not counted."""
    beside = np.array([]) if real is None else real
    counts = [int(np.isfinite(part).sum()) for part in (values, beside)]
    return MetricResult(
        family, name, mean_interval(values), counts[0], group, mean_interval(beside), counts[1], better, note
    )


def half_sample_intervals(
    statistics: Callable[..., Mapping[str, float]],
    sets: Sequence[Features],
    bounds: Mapping[str, tuple[float, float]],
    draws: int = 50,
    seed: int = 0,
) -> dict[str, Interval]:
    """Statistics of whole sets with their 95% intervals from random halves of each set.

    Halves drawn without replacement are an exchangeably weighted bootstrap (Praestgaard and Wellner, Annals of
    Probability 1993) whose spread about their mean is that of the statistic. The ordinary bootstrap does not do here:
    a case drawn twice is its own nearest neighbor, which inflates distances of distributions. The bias of the smaller
    halves is removed by centering.

    Args:
        statistics: of as many arrays (N, ...) as there are sets, by name.
        sets: where one has fewer than `MIN_CASES` rows the answer is empty.
        bounds: lowest and highest value, of those statistics that have them.
        draws: halves drawn.
        seed: of the draws.
    """
    if min(len(part) for part in sets) < MIN_CASES:
        return {}
    rng = np.random.default_rng(seed)
    values = statistics(*sets)
    halves = [statistics(*[part[rng.permutation(len(part))[: len(part) // 2]] for part in sets]) for _ in range(draws)]
    found = {}
    for name, value in values.items():
        resampled = np.array([half[name] for half in halves])
        low, high = value + np.quantile(resampled, [0.025, 0.975]) - resampled.mean()
        minimum, maximum = bounds.get(name, (-math.inf, math.inf))
        found[name] = (float(value), float(max(low, minimum)), float(min(high, maximum)))
    return found
