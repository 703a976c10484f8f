# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Tables of the utility experiments: scores by condition, paired differences, subgroups, and whether targets are met.

Takes finished experiments; gives Markdown.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

import numpy as np

from aurad_monai.evaluation.results import format_interval
from aurad_monai.evaluation.utility.experiment import FRACTIONS, PROTOCOL, Experiment
from aurad_monai.evaluation.utility.paired import AUROC, PRECISION, CaseScores, difference, ratio, score_interval
from aurad_monai.statistics import Interval

Finished = Sequence[tuple[Experiment, Mapping[str, Any]]]
SYNTHETIC = "synthetic x1"
CONTROLS = ("augmented", "repeated")
MIN_RATIO = 0.8
MIN_GAIN = 0.03
MIN_POSITIVE = 40
"""Test cases with the finding below which nothing is decided."""


def case_scores(experiments: Finished, score: str) -> dict[str, CaseScores]:
    """Scores of the test cases by condition, in the order of the table."""
    found: dict[str, CaseScores] = {}
    generators = sorted({experiment.generator for experiment, _ in experiments})
    for experiment, content in sorted(experiments, key=lambda pair: _place(pair[0])):
        values = np.array(content[{AUROC: "image_scores", PRECISION: "boxes"}.get(score, "values")], dtype=np.float64)
        before = found.get(experiment.condition)
        # Without synthetic cases a network is the same for every set, and stands beside those of each.
        shared = generators if not experiment.synthetic else [experiment.generator]
        present, owners = np.array(content["present"], dtype=bool), tuple(content.get("patients", ()))
        by_seed: dict[Hashable, Any] = dict(before.values) if before else {}
        by_seed.update({(experiment.seed, generator): values for generator in shared})
        found[experiment.condition] = CaseScores(score, tuple(content["ids"]), present, by_seed, owners)
    return found


def _place(experiment: Experiment) -> tuple[Any, ...]:
    controls = (experiment.pretraining, experiment.synthetic, experiment.augmented, experiment.repeated)
    return (experiment.real == 0, experiment.real, *controls, experiment.seed, experiment.generator)


def comparisons(conditions: Sequence[str]) -> list[tuple[str, str]]:
    """Pairs worth comparing.

    Synthetic cases alone against real ones; added against real ones alone, as many augmented copies and as many further
    draws; and pretraining on them against real ones alone.
    """
    pairs = [(SYNTHETIC, "real 100%")]
    for real in FRACTIONS:
        base = f"real {real}%"
        pairs += [(condition, base) for condition in conditions if condition.startswith(f"{base} + synthetic")]
        pairs += [(f"{base} + {SYNTHETIC}", f"{base} + {control} x1") for control in CONTROLS]
        pairs.append((f"{SYNTHETIC} then {base}", base))
    return [pair for pair in pairs if set(pair) <= set(conditions)]


GROUPS: dict[str, Callable[[str | None, int | None], bool]] = {
    "female": lambda sex, age: sex == "female",
    "male": lambda sex, age: sex == "male",
    "younger than 40": lambda sex, age: age is not None and age < 40,
    "40 to 59": lambda sex, age: age is not None and 40 <= age < 60,
    "60 and older": lambda sex, age: age is not None and age >= 60,
}
"""Patients whose scores are also looked at apart."""


def _at_least(target: float) -> Callable[[Interval], str]:
    return lambda found: "met" if found[0] >= target else "missed"


def _gains(found: Interval) -> str:
    if found[0] < MIN_GAIN:
        return "missed"
    return "met" if found[1] > 0 else "missed: the interval holds 0"


def _above(found: Interval) -> str:
    if found[0] <= 0:
        return "missed"
    return "met" if found[1] > 0 else "missed: the interval holds 0"


def _not_worse(found: Interval) -> str:
    if found[0] >= 0:
        return "met"
    return "missed" if found[2] < 0 else "open: lower, but the interval holds 0"


TARGETS: tuple[tuple[str, Callable[[CaseScores, CaseScores], Interval], str, str, Callable[[Interval], str]], ...] = (
    (f"at least {MIN_RATIO} of it", ratio, SYNTHETIC, "real 100%", _at_least(MIN_RATIO)),
    (
        f"at least {MIN_GAIN} above it, interval above 0",
        difference,
        f"real 10% + {SYNTHETIC}",
        "real 10% + augmented x1",
        _gains,
    ),
    ("above it, interval above 0", difference, f"real 10% + {SYNTHETIC}", "real 10% + repeated x1", _above),
    ("not below it", difference, f"real 100% + {SYNTHETIC}", "real 100%", _not_worse),
)
"""What synthetic data are to reach: words, how two mixtures are compared, the two, and the result."""


def target_results(scores: Mapping[str, CaseScores]) -> list[Sequence[object]]:
    """A row for every target whose conditions were run."""
    rows: list[Sequence[object]] = []
    for words, compare, condition, base, decide in TARGETS:
        if condition in scores and base in scores:
            found = compare(scores[condition], scores[base])
            above = ", above chance" if compare is ratio and scores[base].score == AUROC else ""
            rows.append(
                (
                    condition,
                    base,
                    words + above,
                    format_interval(found),
                    _decided(found, decide, int(scores[condition].present.sum())),
                )
            )
    return rows


def _decided(found: Interval, decide: Callable[[Interval], str], positive: int) -> str:
    if not math.isfinite(found[0]):
        return "unknown"
    if positive < MIN_POSITIVE:
        return f"not decided: {positive} test cases have the finding, {MIN_POSITIVE} needed"
    return decide(found)


def subgroups(experiments: Finished, scores: Mapping[str, CaseScores]) -> list[str]:
    """Scores with all real cases, without and with synthetic ones, by sex and age of the test cases."""
    base, more = "real 100%", f"real 100% + {SYNTHETIC}"
    if base not in scores or more not in scores:
        return []
    content = next(found for experiment, found in experiments if experiment.condition == base)
    patients, rows = list(zip(content["sex"], content["age"], strict=True)), []
    for name, belongs in GROUPS.items():
        chosen = np.array([belongs(sex, age) for sex, age in patients], dtype=bool)
        if chosen.any():
            one, other = (scores[condition].of(chosen) for condition in (base, more))
            counts = f"{int(one.present.sum())}, {int((~one.present).sum())}"
            intervals = score_interval(one), score_interval(other), difference(other, one)
            rows.append((name, counts, *map(format_interval, intervals)))
    return [*_table(("test cases", "with, without", base, more, "difference, paired (95%)"), rows), ""] if rows else []


def as_markdown(experiments: Finished) -> str:
    """All tables of the finished experiments; targets are checked with the first score."""
    lines: list[str] = []
    for task, finding in sorted({(experiment.task, experiment.finding) for experiment, _ in experiments}):
        kept = [
            (experiment, content)
            for experiment, content in experiments
            if (experiment.task, experiment.finding) == (task, finding)
        ]
        names = list(dict.fromkeys((kept[0][1]["score"], AUROC)))
        scores = {name: case_scores(kept, name) for name in names}
        lines += [f"### {task.capitalize()}, {finding.replace('_', ' ')}", "", _tested(scores[names[0]]), ""]
        lines += [*_means(kept, scores), ""]
        rows = [
            (one, other, *(format_interval(difference(part[one], part[other])) for part in scores.values()))
            for one, other in comparisons(list(scores[names[0]]))
        ]
        head = ("condition", "against", *(f"{name}, paired difference (95%)" for name in names))
        lines += [*_table(head, rows), ""] if rows else []
        if decided := target_results(scores[names[0]]):
            lines += [*_table(("condition", "against", "target", "measured (95%)", "result"), decided), ""]
        if task == "classification":
            lines += subgroups(kept, scores[AUROC])
    return "\n".join([*lines, f"Protocol {PROTOCOL} of aurad evaluate --utility."] if lines else lines)


def _table(head: Sequence[object], rows: Sequence[Sequence[object]]) -> list[str]:
    return ["| " + " | ".join(map(str, row)) + " |" for row in (head, ("---",) * len(head), *rows)]


def _tested(scores: Mapping[str, CaseScores]) -> str:
    """Whom the networks were tested on."""
    found = next(iter(scores.values()))
    ill = {owner for owner, present in zip(found.patients, found.present, strict=True) if present}
    cases = f"{int(found.present.sum())} of {len(found.ids)} test cases have the finding"
    return f"{cases}, {len(ill)} of {len(set(found.patients))} patients; intervals are over patients."


def _means(experiments: Finished, scores: Mapping[str, Mapping[str, CaseScores]]) -> list[str]:
    rows = []
    first = next(iter(scores.values()))
    for condition, found in first.items():
        count = next(content["trained_on"] for experiment, content in experiments if experiment.condition == condition)
        values = [format_interval(score_interval(part[condition])) for part in scores.values()]
        networks = sum(experiment.condition == condition for experiment, _ in experiments)
        rows.append((condition, count, *values, f"{int(found.present.sum())} of {len(found.ids)}", networks))
    return _table(("trained on", "cases", *(f"{name} (95%)" for name in scores), "test cases", "seeds"), rows)
