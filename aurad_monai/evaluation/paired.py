# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Two ways to train, tested on the same cases: difference and ratio of their scores with paired intervals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from aurad_monai.errors import InputError
from aurad_monai.evaluation.figure import UNKNOWN, Interval

Array = npt.NDArray[Any]
AUROC = "AUROC"
DRAWS = 2000


@dataclass(frozen=True)
class CaseScores:
    """What the networks of one way to train said of the test cases.

    Args:
        score: "AUROC" of a number an image, or what is averaged over the cases that have the finding.
        ids: of the test cases.
        present: (N,), whether a case has the finding.
        values: (N,) by seed; where the score is a mean, those of cases without the finding do not count.
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
    if not seeds or not sides[0] or (tested[0].score == AUROC and not sides[1]):
        return UNKNOWN
    order = sides[0] + (sides[1] if tested[0].score == AUROC else [])
    values = []
    for part in tested:
        place = {name: index for index, name in enumerate(part.ids)}
        values.append([part.values[number][[place[name] for name in order]] for number in seeds])
    rng, positives = np.random.default_rng(seed), len(sides[0])
    drawn = [rng.integers(0, positives, (DRAWS, positives))]
    if tested[0].score == AUROC:
        drawn.append(positives + rng.integers(0, len(sides[1]), (DRAWS, len(sides[1]))))
    again = np.concatenate([np.arange(len(order))[None], np.concatenate(drawn, axis=1)])  # the first row: all, as it is
    scores = np.array([np.mean([_scores(row[again], positives) for row in rows], axis=0) for rows in values])
    found = combine(scores)
    if not np.isfinite(found[0]):
        return UNKNOWN
    low, high = np.nanquantile(found[1:], [0.025, 0.975])
    return float(found[0]), float(low), float(high)


def _scores(values: Array, positives: int) -> Array:
    """Score of every row (D, N), positives first; where there are no others the mean, else the AUROC."""
    others = values.shape[1] - positives
    if not others:
        return np.asarray(values.mean(axis=1))
    ranks = rankdata(values, axis=1)[:, :positives].sum(axis=1)
    return np.asarray((ranks - positives * (positives + 1) / 2) / (positives * others))
