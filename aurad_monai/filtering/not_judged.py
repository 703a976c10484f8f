# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""What the filter did not judge: findings of a case that no criterion could look for in its image, and why.

Takes criterion results, cases or counts; gives names with reasons, results that reject them (strict), and sentences.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aurad_monai import vocabulary
from aurad_monai.case import Case
from aurad_monai.filtering.criteria.criterion import NOT_JUDGED, CriterionResult, not_evaluated

STRICT = "strict"
"""Name of the criterion that rejects a case with a finding that cannot be judged."""
UNCHECKED = "unchecked"
NO_IMAGE = "there is no image of the case"
NO_CHECK = "no check of this filter looks for it"


def not_judged(results: Iterable[CriterionResult]) -> dict[str, str]:
    """Findings that were to be looked for in the image and no criterion could, with the first reason why."""
    found, judged = dict[str, str](), set[str]()
    for item in results:
        if item.finding and item.evaluated:
            judged.add(item.finding)
        elif item.finding:
            found.setdefault(item.finding, item.reason.removeprefix(f"{NOT_JUDGED}: "))
    return {name: why for name, why in found.items() if name not in judged}


def unchecked(case: Case, results: Iterable[CriterionResult], why: str = NO_CHECK) -> list[CriterionResult]:
    """A result for each finding of the labels, present or declared absent, that none of the results is about."""
    known = {item.finding for item in results}
    names = dict.fromkeys(item.name for item in (*case.findings.present, *case.findings.absent))
    return [not_evaluated(f"{UNCHECKED}.{name}", why, finding=name) for name in names if name not in known]


def strict_results(results: Iterable[CriterionResult]) -> list[CriterionResult]:
    """A result that rejects the case for each finding that was not judged."""
    return [
        CriterionResult(f"{STRICT}.{name}", math.nan, math.nan, False, _unjudged(name, why))
        for name, why in not_judged(results).items()
    ]


def _unjudged(name: str, why: str) -> str:
    return f"{vocabulary.finding(name).label} cannot be judged: {why}"


@dataclass
class Count:
    """In how many cases a finding was not judged, how many of them are accepted, and why.

    Args:
        cases: all of them.
        accepted: those that are accepted.
        reasons: reason to number of cases.
    """

    cases: int = 0
    accepted: int = 0
    reasons: dict[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        return {"cases": self.cases, "accepted": self.accepted, "why": self.why}

    @property
    def why(self) -> str:
        """The reason of most cases."""
        return max(self.reasons, key=lambda reason: self.reasons[reason], default="")


class Counts(dict[str, Count]):
    """Findings that were not judged, counted over cases."""

    def add(self, reasons: Mapping[str, str], accepted: bool) -> None:
        """Count a case.

        Args:
            reasons: finding to why it was not judged.
            accepted: the verdict.
        """
        for name, why in reasons.items():
            count = self.setdefault(name, Count())
            count.cases, count.accepted = count.cases + 1, count.accepted + accepted
            count.reasons[why] = count.reasons.get(why, 0) + 1

    @classmethod
    def of(cls, cases: Iterable[Case]) -> Counts:
        """Over cases."""
        counts = cls()
        for case in cases:
            counts.add(case.not_judged, case.accepted)
        return counts

    def as_json(self) -> dict[str, Any]:
        """Plain data, in the order of the vocabulary."""
        return {name: self[name].as_json() for name in vocabulary.FINDING_NAMES if name in self}

    def lines(self) -> list[str]:
        """For the console, a line for all findings of which the same is to be said."""
        return console_lines(self.as_json())

    def note(self) -> str:
        """All of them in one phrase, empty where everything was judged."""
        return in_short([name for name in vocabulary.FINDING_NAMES if name in self])


def in_short(names: Sequence[str]) -> str:
    """Findings by their labels, such as "not judged: mass, nodule"; empty where there is none."""
    return f"{NOT_JUDGED}: {', '.join(vocabulary.finding(name).label for name in names)}" if names else ""


def console_lines(counts: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Lines such as "not judged  mass, nodule, in 4 cases, 3 of them accepted: ..." of what `Counts.as_json` gives."""
    alike: dict[tuple[Any, ...], list[str]] = {}
    for name, count in counts.items():
        key = (count["cases"], count["accepted"], count["why"])
        alike.setdefault(key, []).append(vocabulary.finding(name).label)
    return [
        f"not judged  {', '.join(labels)}, in {cases} {'case' if cases == 1 else 'cases'}, {accepted} accepted: {why}"
        for (cases, accepted, why), labels in alike.items()
    ]
