# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Multi-reader multi-case analysis by Obuchowski and Rockette: a figure of merit with readers and cases both random.

In: ratings (treatments, readers, cases) and the truth of the cases. Out: estimates, variance components, intervals and
the test of equal treatments, as Hillis (Statistics in Medicine 26:596, 2007) states them, with jackknifed covariances
(Obuchowski and Rockette, Communications in Statistics 24:285, 1995).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

from aurad_monai.statistics import Interval

Array = npt.NDArray[Any]
Merit = Callable[[Array, Array], Array]
"""Ratings (..., cases) and truth (cases,) of 0 and 1 to figures of merit (...)."""


def auc(ratings: Array, truth: Array) -> Array:
    """Area under the empirical ROC curve (Wilcoxon); ties count half."""
    positives = int(truth.sum())
    ranks = stats.rankdata(ratings, axis=-1)[..., truth == 1].sum(axis=-1)
    return np.asarray((ranks - positives * (positives + 1) / 2) / (positives * (len(truth) - positives)))


def share(truth_value: int) -> Merit:
    """Share of ratings above zero among the cases of one truth, such as real films that are judged real."""

    def merit(ratings: Array, truth: Array) -> Array:
        return np.asarray((ratings[..., truth == truth_value] > 0).mean(axis=-1))

    return merit


def share_difference(ratings: Array, truth: Array) -> Array:
    """Share of ratings above zero among cases of truth 1, less that among cases of truth 0."""
    return np.asarray(share(1)(ratings, truth) - share(0)(ratings, truth))


def sensitivity_index(ratings: Array, truth: Array) -> Array:
    """d' of ratings above zero, with half a case added to every cell (Hautus, 1995), so that it is finite."""
    rates = [
        ((ratings[..., truth == value] > 0).sum(axis=-1) + 0.5) / (int((truth == value).sum()) + 1) for value in (1, 0)
    ]
    return np.asarray(stats.norm.ppf(rates[0]) - stats.norm.ppf(rates[1]))


@dataclass(frozen=True)
class Analysis:
    """What is found; with one treatment there is no test, with one reader only cases are random.

    Args:
        merits: (treatments, readers) figures of merit.
        error_variance: mean variance of a figure of merit over cases.
        cov1: covariance of treatments within a reader; NaN of one treatment.
        cov2: covariance of readers within a treatment; NaN of one reader.
        cov3: covariance of different readers and treatments; NaN of one of either.
        cov2_by_treatment: the same within each treatment.
        error_by_treatment: mean variance within each treatment.
        error_by_reader: (treatments, readers) variances.
    """

    merits: Array
    error_variance: float
    cov1: float
    cov2: float
    cov3: float
    cov2_by_treatment: Array
    error_by_treatment: Array
    error_by_reader: Array

    @property
    def mean_squares(self) -> tuple[float, float, float]:
        """Mean squares of treatments, readers and their interaction; NaN where there is one of them."""
        treatments, readers = self.merits.shape
        by_treatment, by_reader = self.merits.mean(axis=1), self.merits.mean(axis=0)
        left = self.merits - by_treatment[:, None] - by_reader[None] + self.merits.mean()
        return (
            float(readers * by_treatment.var(ddof=1)) if treatments > 1 else math.nan,
            float(treatments * by_reader.var(ddof=1)) if readers > 1 else math.nan,
            float((left**2).sum() / ((treatments - 1) * (readers - 1))) if min(treatments, readers) > 1 else math.nan,
        )

    def treatment(self, index: int = 0) -> Interval:
        """Mean over readers of one treatment, with its 95% interval over readers and cases."""
        value, error, freedom = self.treatment_error(index)
        reach = float(stats.t.ppf(0.975, freedom)) * error
        return value, value - reach, value + reach

    def treatment_error(self, index: int = 0) -> tuple[float, float, float]:
        """Mean over readers of one treatment, its standard error and degrees of freedom (infinite of one reader)."""
        merits = self.merits[index]
        readers = len(merits)
        if readers == 1:
            return float(merits[0]), math.sqrt(max(float(self.error_by_treatment[index]), 0.0)), math.inf
        between = float(merits.var(ddof=1))
        total = between + readers * max(float(self.cov2_by_treatment[index]), 0.0)
        freedom = total**2 / (between**2 / (readers - 1)) if between > 0 else math.inf
        return float(merits.mean()), math.sqrt(total / readers), freedom

    def reader(self, reader: int, treatment: int = 0) -> Interval:
        """One reader's figure of merit with its 95% interval over cases."""
        value = float(self.merits[treatment, reader])
        reach = float(stats.norm.ppf(0.975)) * math.sqrt(max(float(self.error_by_reader[treatment, reader]), 0.0))
        return value, value - reach, value + reach

    def test(self) -> tuple[float, float, float]:
        """F, its denominator's degrees of freedom and p of equal treatments, readers and cases random."""
        treatments, readers = self.merits.shape
        of_treatments, _, interaction = self.mean_squares
        error = interaction + readers * max(self.cov2 - self.cov3, 0.0)
        if error <= 0:  # every reader rates every treatment alike
            return (math.inf, math.inf, 0.0) if of_treatments > 0 else (0.0, math.inf, 1.0)
        freedom = error**2 / (interaction**2 / ((treatments - 1) * (readers - 1))) if interaction > 0 else math.inf
        value = of_treatments / error
        return value, freedom, float(stats.f.sf(value, treatments - 1, freedom))

    def difference(self, first: int = 0, second: int = 1) -> Interval:
        """Difference of two treatments with its 95% interval, readers and cases random."""
        readers = self.merits.shape[1]
        interaction = self.mean_squares[2]
        error = math.sqrt(2 / readers * (interaction + readers * max(self.cov2 - self.cov3, 0.0)))
        value = float(self.merits[first].mean() - self.merits[second].mean())
        reach = float(stats.t.ppf(0.975, self.test()[1])) * error
        return value, value - reach, value + reach


def obuchowski_rockette(ratings: Array, truth: Array, merit: Merit = auc) -> Analysis:
    """Analyze ratings of every case by every reader under every treatment.

    Args:
        ratings: (treatments, readers, cases), higher for cases of truth 1.
        truth: (cases,) of 0 and 1, at least two of each.
        merit: figure of merit.
    """
    ratings, truth = np.asarray(ratings, dtype=np.float64), np.asarray(truth).astype(int)
    treatments, readers, cases = ratings.shape
    without = np.stack([merit(np.delete(ratings, k, -1), np.delete(truth, k)).ravel() for k in range(cases)])
    return _analysis(merit(ratings, truth), _jackknifed(without))


def compare_sets(sets: Sequence[Array], shared: Array, merit: Merit = auc) -> Analysis:
    """Analyze several sets of cases against one set that they share: generators against the same real radiographs.

    Each set is a treatment with cases of its own, of truth 1. Its cases leave the other treatments alone and the shared
    ones, of truth 0, change all, so that covariances are jackknifed within each set; of AUROC they are DeLong's.

    Args:
        sets: (readers, cases) of each treatment, at least two cases each.
        shared: (readers, cases) of the same readers.
        merit: figure of merit.
    """
    parts = [np.asarray(part, dtype=np.float64) for part in (*sets, shared)]

    def merits(now: Sequence[Array]) -> Array:
        truths = [np.repeat([1, 0], [own.shape[-1], now[-1].shape[-1]]) for own in now[:-1]]
        return np.stack(
            [merit(np.concatenate([own, now[-1]], -1), truth) for own, truth in zip(now[:-1], truths, strict=True)]
        )

    size = len(sets) * len(parts[0])
    covariance = np.zeros((size, size))
    for number, part in enumerate(parts):
        without = [
            merits([*parts[:number], np.delete(part, k, -1), *parts[number + 1 :]]).ravel()
            for k in range(part.shape[-1])
        ]
        covariance += _jackknifed(np.stack(without))
    return _analysis(merits(parts), covariance)


def _jackknifed(without: Array) -> Array:
    """Covariances of figures of merit from those (cases, figures) without each case."""
    spread = without - without.mean(axis=0)
    return np.asarray((len(without) - 1) / len(without) * spread.T @ spread)


def _analysis(merits: Array, covariance: Array) -> Analysis:
    """The components of (treatments, readers) figures of merit and the covariances of all of them."""
    treatments, readers = merits.shape
    covariance = covariance.reshape(treatments, readers, treatments, readers)
    same_treatment = np.eye(treatments, dtype=bool)[:, None, :, None] & np.ones(covariance.shape, dtype=bool)
    same_reader = np.eye(readers, dtype=bool)[None, :, None, :] & np.ones(covariance.shape, dtype=bool)
    own = covariance[np.arange(treatments), :, np.arange(treatments), :]
    off = ~np.eye(readers, dtype=bool)
    return Analysis(
        merits,
        _mean(covariance[same_treatment & same_reader]),
        _mean(covariance[~same_treatment & same_reader]),
        _mean(covariance[same_treatment & ~same_reader]),
        _mean(covariance[~same_treatment & ~same_reader]),
        np.array([_mean(part[off]) for part in own]),
        np.array([float(np.diag(part).mean()) for part in own]),
        np.array([np.diag(part) for part in own]),
    )


def _mean(values: Array) -> float:
    return float(values.mean()) if values.size else math.nan


def equivalence(value: float, error: float, freedom: float, margin: float) -> float:
    """p of two one-sided t tests (TOST; Schuirmann, 1987) that a difference lies within the margin on either side."""
    if error <= 0:
        return 0.0 if abs(value) < margin else 1.0
    lower, upper = (value + margin) / error, (value - margin) / error
    return float(max(stats.t.sf(lower, freedom), stats.t.cdf(upper, freedom)))
