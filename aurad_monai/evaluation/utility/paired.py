# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Paired comparison of two training conditions on the same test cases: difference and ratio of scores, 95% intervals.

Takes scores of the test cases by seed; gives (value, low, high) from a bootstrap over test cases.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from aurad_monai.errors import InputError
from aurad_monai.statistics import UNKNOWN, Interval

Array = npt.NDArray[Any]
AUROC = "AUROC"
PRECISION = "AP at IoU 0.5"
OF_ALL = (AUROC, PRECISION)
"""Scores that cases without the finding count for, too."""
DRAWS = 2000
RECALLS = np.linspace(0, 1, 101)


@dataclass(frozen=True)
class CaseScores:
    """What the networks of one way to train said of the test cases.

    Args:
        score: "AUROC" of a number an image; "AP at IoU 0.5" of boxes; or what is averaged over the cases that have the
            finding.
        ids: of the test cases.
        present: (N,), whether a case has the finding.
        values: (N,) by seed; where the score is a mean, those of cases without the finding do not count. For boxes (N,
            1 + 2K): how many are wanted, then of each found one how sure it is and whether it is one of those; NaN
            where fewer than K were found.
    """

    score: str
    ids: tuple[str, ...]
    present: npt.NDArray[np.bool_]
    values: Mapping[int, npt.NDArray[np.float64]]

    def of(self, chosen: npt.NDArray[np.bool_]) -> CaseScores:
        """The same of some test cases."""
        ids = tuple(name for name, kept in zip(self.ids, chosen, strict=True) if kept)
        values = {seed: array[chosen] for seed, array in self.values.items()}
        return CaseScores(self.score, ids, self.present[chosen], values)


def score_interval(found: CaseScores) -> Interval:
    """The score, mean of the seeds, with its 95% interval over test cases."""
    return _interval((found,), lambda scores: scores[0])


def difference(first: CaseScores, second: CaseScores) -> Interval:
    """First minus second on the cases and seeds that both have; seeds are repetitions, no further cases."""
    return _interval((first, second), lambda scores: scores[0] - scores[1])


def ratio(first: CaseScores, second: CaseScores) -> Interval:
    """First by second on the cases and seeds that both have; NaN where the second is 0."""
    return _interval((first, second), lambda scores: scores[0] / np.where(scores[1] > 0, scores[1], np.nan))


def _interval(tested: tuple[CaseScores, ...], combine: Callable[[Array], Array], seed: int = 0) -> Interval:
    """A number made of the scores of some ways to train, on the same cases in every draw.

    Cases with and without the finding are drawn apart, so that no draw lacks either.
    """
    if len({part.score for part in tested}) != 1:
        raise InputError("score", ", ".join(part.score for part in tested), "the same score")
    names = sorted(set.intersection(*(set(part.ids) for part in tested)))
    seeds = sorted(set.intersection(*(set(part.values) for part in tested)))
    first = dict(zip(tested[0].ids, tested[0].present, strict=True))
    sides = [[name for name in names if first[name] == side] for side in (True, False)]
    of_all = tested[0].score in OF_ALL
    if not seeds or not sides[0] or (of_all and not sides[1]):
        return UNKNOWN
    order = sides[0] + (sides[1] if of_all else [])
    values = []
    for part in tested:
        place = {name: index for index, name in enumerate(part.ids)}
        values.append([part.values[number][[place[name] for name in order]] for number in seeds])
    rng, positives = np.random.default_rng(seed), len(sides[0])
    drawn = [rng.integers(0, positives, (DRAWS, positives))]
    if of_all:
        drawn.append(positives + rng.integers(0, len(sides[1]), (DRAWS, len(sides[1]))))
    again = np.concatenate([np.arange(len(order))[None], np.concatenate(drawn, axis=1)])  # the first row: all, as it is
    statistic = {AUROC: _auroc, PRECISION: _precision}.get(tested[0].score, _mean)
    scores = np.array([np.mean([statistic(row, again, positives) for row in rows], axis=0) for rows in values])
    found = combine(scores)
    if not np.isfinite(found[0]):
        return UNKNOWN
    low, high = np.nanquantile(found[1:], [0.025, 0.975])
    return float(found[0]), float(low), float(high)


def _mean(values: Array, drawn: Array, positives: int) -> Array:
    """Of the values (N,) of each draw (D, N): (D,)."""
    return np.asarray(values[drawn].mean(axis=1))


def _auroc(values: Array, drawn: Array, positives: int) -> Array:
    """Chance that a case with the finding, which come first in every draw, is above one without: (D,)."""
    ranks = rankdata(values[drawn], axis=1)[:, :positives].sum(axis=1)
    return np.asarray((ranks - positives * (positives + 1) / 2) / (positives * (drawn.shape[1] - positives)))


def _precision(values: Array, drawn: Array, positives: int) -> Array:
    """Average precision as COCO has it, at 101 recalls, of the boxes of each draw: (D,)."""
    count = (values.shape[1] - 1) // 2
    times = np.stack([np.bincount(draw, minlength=len(values)) for draw in drawn])  # a case drawn twice counts twice
    case, place = np.nonzero(np.isfinite(values[:, 1 : 1 + count]))
    order = np.argsort(-values[case, 1 + place], kind="stable")
    weights, hit = times[:, case[order]], values[case[order], 1 + count + place[order]] > 0
    right = np.cumsum(weights * hit, axis=1)
    precision = right / np.maximum(np.cumsum(weights, axis=1), 1)
    best = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    recall = right / (times @ values[:, 0])[:, None]
    found = []
    for row, envelope in zip(recall, best, strict=True):
        first = np.searchsorted(row, RECALLS)
        found.append(np.append(envelope, 0)[first].mean())  # a recall that is not reached has precision 0
    return np.array(found)
