# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Paired comparison of two training conditions on the same test cases: difference and ratio of scores, 95% intervals.

Takes scores of the test cases by seed; gives (value, low, high) from a bootstrap over the patients of
the test cases.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

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
        owners: patient of each test case; empty where each case is a patient of its own.
    """

    score: str
    ids: tuple[str, ...]
    present: npt.NDArray[np.bool_]
    values: Mapping[Hashable, npt.NDArray[np.float64]]
    owners: tuple[str, ...] = ()

    def of(self, chosen: npt.NDArray[np.bool_]) -> CaseScores:
        """The same of some test cases."""
        ids = tuple(name for name, kept in zip(self.ids, chosen, strict=True) if kept)
        values = {seed: array[chosen] for seed, array in self.values.items()}
        owners = tuple(name for name, kept in zip(self.patients, chosen, strict=True) if kept)
        return CaseScores(self.score, ids, self.present[chosen], values, owners)

    @property
    def patients(self) -> tuple[str, ...]:
        """Of each test case."""
        return self.owners or self.ids


def score_interval(found: CaseScores) -> Interval:
    """The score, mean of the seeds, with its 95% interval over patients."""
    return _interval((found,), lambda scores: scores[0])


def difference(first: CaseScores, second: CaseScores) -> Interval:
    """First minus second on the cases and seeds that both have; seeds are repetitions, no further cases."""
    return _interval((first, second), lambda scores: scores[0] - scores[1])


def ratio(first: CaseScores, second: CaseScores) -> Interval:
    """First by second on the cases and seeds that both have, of AUROC what they are above chance; NaN where that is 0.

    By AUROC itself, who knows nothing would have 0.8 of a network with 0.62.
    """
    chance = 0.5 if first.score == AUROC else 0.0
    return _interval((first, second), lambda scores: _by(scores[0] - chance, scores[1] - chance))


def _by(part: Array, whole: Array) -> Array:
    return np.asarray(part / np.where(whole > 0, whole, np.nan))


def _interval(tested: tuple[CaseScores, ...], combine: Callable[[Array], Array], seed: int = 0) -> Interval:
    """A number made of the scores of some ways to train, on the same patients in every draw.

    Patients with and without the finding are drawn apart, so that no draw lacks either; all films of a drawn patient
    count.
    """
    if len({part.score for part in tested}) != 1:
        raise InputError("score", ", ".join(part.score for part in tested), "the same score")
    names = sorted(set.intersection(*(set(part.ids) for part in tested)))
    seeds = sorted(set.intersection(*(set(part.values) for part in tested)), key=repr)
    first = dict(zip(tested[0].ids, tested[0].present, strict=True))
    owner = dict(zip(tested[0].ids, tested[0].patients, strict=True))
    sides = [[name for name in names if first[name] == side] for side in (True, False)]
    of_all = tested[0].score in OF_ALL
    if not seeds or not sides[0] or (of_all and not sides[1]):
        return UNKNOWN
    order = sides[0] + (sides[1] if of_all else [])
    values = []
    for part in tested:
        place = {name: index for index, name in enumerate(part.ids)}
        values.append([part.values[number][[place[name] for name in order]] for number in seeds])
    weights = _drawn([owner[name] for name in order], [owner[name] for name in sides[0]], np.random.default_rng(seed))
    statistic = {AUROC: _auroc, PRECISION: _precision}.get(tested[0].score, _mean)
    scores = np.array([np.mean([statistic(row, weights, len(sides[0])) for row in rows], axis=0) for rows in values])
    found = combine(scores)
    if not np.isfinite(found[0]):
        return UNKNOWN
    low, high = np.nanquantile(found[1:], [0.025, 0.975])
    return float(found[0]), float(low), float(high)


def _drawn(owners: list[str], positive: list[str], rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """How often each case counts in each draw of patients (1 + D, N); the first row is all, as it is."""
    weights = np.ones((1 + DRAWS, len(owners)))
    for side in (sorted(set(positive)), sorted(set(owners) - set(positive))):
        if side:
            picked = rng.integers(0, len(side), (DRAWS, len(side)))
            times = np.stack([np.bincount(draw, minlength=len(side)) for draw in picked])
            place = {name: index for index, name in enumerate(side)}
            cases = [index for index, name in enumerate(owners) if name in place]
            weights[1:, cases] = times[:, [place[owners[index]] for index in cases]]
    return weights


def _mean(values: Array, weights: Array, positives: int) -> Array:
    """Of the values (N,), each as often as a draw (D, N) has it: (D,)."""
    return np.asarray(weights @ values / weights.sum(axis=1))


def _auroc(values: Array, weights: Array, positives: int) -> Array:
    """Chance that a case with the finding, which come first, is above one without, ties counting half: (D,)."""
    levels, place = np.unique(values, return_inverse=True)
    at_level = np.eye(len(levels))[place]
    there, without = (weights[:, part] @ at_level[part] for part in (slice(positives), slice(positives, None)))
    below = np.cumsum(without, axis=1) - without
    with np.errstate(invalid="ignore"):  # a draw without a negative case is left out
        return np.asarray((there * (below + without / 2)).sum(axis=1) / (there.sum(axis=1) * without.sum(axis=1)))


def _precision(values: Array, times: Array, positives: int) -> Array:
    """Average precision as COCO has it, at 101 recalls, of the boxes of each draw: (D,)."""
    count = (values.shape[1] - 1) // 2
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
