# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""What a reader study found: judged authentic, told apart, agreement, equivalence, use of outlines, time.

In: a study and its answers. Out: a `StudyReport` of plain numbers with 95% intervals.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from aurad_monai.errors import InputError
from aurad_monai.readers.answers import Answer
from aurad_monai.readers.mrmc import (
    Analysis,
    Merit,
    auc,
    compare_sets,
    equivalence,
    obuchowski_rockette,
    sensitivity_index,
    share,
    share_difference,
)
from aurad_monai.readers.study import Study, Truth
from aurad_monai.statistics import UNKNOWN, Interval, wilson

Array = npt.NDArray[Any]
MARGIN = 0.1
"""Difference of the shares judged real up to which generated and real ones count as equivalent."""
FIGURES: dict[str, tuple[str, Merit]] = {
    "generated_judged_real": ("generated radiographs judged real", share(1)),
    "real_judged_real": ("real radiographs judged real", share(0)),
    "difference_judged_real": ("generated judged real, less real judged real", share_difference),
    "auc": ("told apart, AUROC of the confidence", lambda ratings, truth: 1 - auc(ratings, truth)),
    "sensitivity_index": ("told apart, d'", lambda ratings, truth: -sensitivity_index(ratings, truth)),
}
"""By name: in words, and the figure of merit of authenticity ratings; truth is 1 for generated ones."""


@dataclass(frozen=True)
class Figure:
    """A figure over all readers and for each.

    Args:
        words: what it is.
        pooled: over readers and cases, by Obuchowski and Rockette.
        readers: by code, over cases.
    """

    words: str
    pooled: Interval
    readers: dict[str, Interval]


@dataclass(frozen=True)
class Comparison:
    """A figure of several runs, each against the same real radiographs.

    Args:
        words: what it is.
        runs: by name of the run, over readers and cases.
        differences: of each two runs, "A less B".
        p: of equal runs, readers and cases random.
    """

    words: str
    runs: dict[str, Interval]
    differences: dict[str, Interval]
    p: float


@dataclass(frozen=True)
class StudyReport:
    """What a study found.

    Args:
        readers: codes of the readers whose answers are complete, who alone are pooled.
        unfinished: answers so far and pages in all of the others.
        generated: generated radiographs in the blinded part.
        real: real ones.
        figures: by name, see `FIGURES`; none without a complete reader.
        equivalent: p of equivalence of the shares judged real within `MARGIN`; NaN without a complete reader.
        agreement: Fleiss' kappa of real or generated between readers; NaN of one reader.
        repeated: by reader, share of second showings judged as the first, and how many there are.
        named: share of generated radiographs with findings whose named finding is in the mask, with its count.
        useful: by finding, outlines judged useful (yes), partly and no.
        seconds: by reader, median of a page of the blinded part.
        curves: by reader, false and true positive rates of the ROC curve.
        ratings: (readers, cases) of -5 (certainly generated) to 5 (certainly real).
        cases: ids in the order of `ratings`.
        truth: of these, 1 for generated.
        pilot: the study is a trial.
        made: runs of the generated ones in the order of `cases`; empty for real ones.
        compared: figures of several runs by name; none of one run, or with fewer than two complete readers.
    """

    readers: tuple[str, ...]
    unfinished: dict[str, tuple[int, int]]
    generated: int
    real: int
    figures: dict[str, Figure]
    equivalent: float
    agreement: float
    repeated: dict[str, tuple[float, int]]
    named: tuple[float, float, float, int]
    useful: dict[str, tuple[int, int, int]]
    seconds: dict[str, float]
    curves: dict[str, tuple[list[float], list[float]]]
    ratings: Array
    cases: tuple[str, ...]
    truth: Array
    pilot: bool = False
    made: tuple[str, ...] = ()
    compared: dict[str, Comparison] = field(default_factory=dict)


def report_study(study: Study, answers: Sequence[Answer]) -> StudyReport:
    """Work out what a study found.

    Args:
        study: with its key.
        answers: of all readers.

    Raises:
        InputError: there is no answer yet.
    """
    if not answers:
        raise InputError("study", study.folder, "a study with answers", "see aurad readers open")
    by_reader = {code: {a.item: a for a in answers if a.reader == code} for code in sorted({a.reader for a in answers})}
    blinded = sorted(i.id for i in study.items if i.part == "study" and not study.truths[i.id].repeats)
    complete = tuple(code for code, own in by_reader.items() if all(name in own for name in blinded))
    truth = np.array([study.truths[name].kind == "generated" for name in blinded], dtype=int)
    ratings = np.array([[rating(by_reader[code][name]) for name in blinded] for code in complete])
    unfinished = {code: (len(own), len(study.items)) for code, own in by_reader.items() if code not in complete}
    figures, equivalent = _figures(complete, ratings, truth)
    made = tuple(study.truths[name].made for name in blinded)
    return StudyReport(
        readers=complete,
        unfinished=unfinished,
        generated=int(truth.sum()),
        real=int(len(truth) - truth.sum()),
        figures=figures,
        equivalent=equivalent,
        agreement=_agreement(ratings),
        repeated={code: _repeated(by_reader[code], study.truths) for code in by_reader},
        named=_named(answers, study),
        useful=_useful(answers, study.truths),
        seconds={code: _seconds(own, blinded) for code, own in by_reader.items()},
        curves={code: _curve(row, truth) for code, row in zip(complete, ratings, strict=True)},
        ratings=ratings,
        cases=tuple(blinded),
        truth=truth,
        pilot=study.pilot,
        made=made,
        compared=_compared(ratings, made),
    )


def rating(answer: Answer) -> int:
    """-5 (certainly generated) to 5 (certainly real), never 0."""
    return answer.confidence if answer.judged == "real" else -answer.confidence


def _figures(readers: Sequence[str], ratings: Array, truth: Array) -> tuple[dict[str, Figure], float]:
    if not len(ratings) or min(truth.sum(), len(truth) - truth.sum()) < 2:
        return {}, math.nan
    figures: dict[str, Figure] = {}
    equivalent = math.nan
    for name, (words, merit) in FIGURES.items():
        found = obuchowski_rockette(ratings[None], truth, merit)
        own = {code: _within(name, found.reader(index)) for index, code in enumerate(readers)}
        figures[name] = Figure(words, _within(name, found.treatment()), own)
        if name == "difference_judged_real":
            equivalent = _equivalent(found)
    return figures, equivalent


def _compared(ratings: Array, made: Sequence[str]) -> dict[str, Comparison]:
    """Runs side by side, by Obuchowski and Rockette with covariances of cases that only the real set shares."""
    runs = sorted({name for name in made if name})
    if len(runs) < 2 or len(ratings) < 2 or min(list(made).count(name) for name in (*runs, "")) < 2:
        return {}
    found = {}
    for name in ("generated_judged_real", "auc"):
        words, merit = FIGURES[name]
        sets = [ratings[:, np.array(made) == run] for run in runs]
        analysis = compare_sets(sets, ratings[:, np.array(made) == ""], merit)
        found[name] = Comparison(
            words,
            {run: _within(name, analysis.treatment(number)) for number, run in enumerate(runs)},
            {
                f"{runs[i]} less {runs[j]}": _within("difference_judged_real", analysis.difference(i, j))
                for i, j in combinations(range(len(runs)), 2)
            },
            analysis.test()[2],
        )
    return found


def _within(name: str, interval: Interval) -> Interval:
    """The interval cut to what the figure can be."""
    low, high = {"sensitivity_index": (-math.inf, math.inf), "difference_judged_real": (-1.0, 1.0)}.get(name, (0, 1))
    return interval[0], max(interval[1], low), min(interval[2], high)


def _equivalent(found: Analysis) -> float:
    return equivalence(*found.treatment_error(), MARGIN)


def _agreement(ratings: Array) -> float:
    """Fleiss' kappa between readers."""
    if len(ratings) < 2:
        return math.nan
    from statsmodels.stats.inter_rater import aggregate_raters, fleiss_kappa

    counts, values = aggregate_raters((ratings > 0).astype(int).T)
    return float(fleiss_kappa(counts)) if len(values) > 1 else math.nan


def _repeated(own: dict[str, Answer], truths: dict[str, Truth]) -> tuple[float, int]:
    pairs = [(own[t.repeats], own[t.id]) for t in truths.values() if t.repeats in own and t.id in own]
    same = [first.judged == second.judged for first, second in pairs]
    return (float(np.mean(same)) if same else math.nan), len(same)


def _named(answers: Sequence[Answer], study: Study) -> tuple[float, float, float, int]:
    """How often the finding that is named is one of those of the mask."""
    blinded = {item.id for item in study.items if item.part == "study" and not study.truths[item.id].repeats}
    asked = [a for a in answers if a.item in blinded and study.truths[a.item].findings]
    asked = [a for a in asked if study.truths[a.item].kind == "generated"]
    right = sum(a.finding in study.truths[a.item].findings for a in asked)
    return (right / len(asked), *wilson(right, len(asked)), len(asked)) if asked else (*UNKNOWN, 0)


def _useful(answers: Sequence[Answer], truths: dict[str, Truth]) -> dict[str, tuple[int, int, int]]:
    counts = Counter((name, a.useful) for a in answers if a.useful for name in truths[a.item].findings)
    names = sorted({name for name, _ in counts})
    return {name: (counts[name, "yes"], counts[name, "partly"], counts[name, "no"]) for name in names}


def _seconds(own: dict[str, Answer], blinded: Sequence[str]) -> float:
    seen = [own[name].seconds for name in blinded if name in own]
    return float(np.median(seen)) if seen else math.nan


def _curve(row: Array, truth: Array) -> tuple[list[float], list[float]]:
    """The empirical ROC curve of telling generated ones by low ratings."""
    levels = [-math.inf, *sorted(set(row.tolist()))]
    false = [float((row[truth == 0] <= level).mean()) for level in levels]
    true = [float((row[truth == 1] <= level).mean()) for level in levels]
    return false, true
