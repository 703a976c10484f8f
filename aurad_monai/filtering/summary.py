# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Tables of a filter run: cases rejected by each criterion with its cost, and acceptance by requested finding.

Takes filtered cases and seconds by criterion; gives rows for report.html and run.json.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aurad_monai import vocabulary
from aurad_monai.filtering.filter_run import FilteredCase


@dataclass(frozen=True)
class FunnelStep:
    """Cases that one criterion evaluated, failed and rejected.

    Args:
        criterion: its name, without the finding it checked.
        evaluated: cases it evaluated.
        failed: cases it failed.
        rejected_first: cases failed by it and by no criterion before it; these add up to all rejected cases.
        remaining: cases that passed it and all before it.
        seconds: spent on it, over all cases.
    """

    criterion: str
    evaluated: int
    failed: int
    rejected_first: int
    remaining: int
    seconds: float


@dataclass(frozen=True)
class FindingRate:
    """Acceptance of the cases with one requested finding."""

    finding: str
    cases: int
    accepted: int


def criterion_of(result: str) -> str:
    """`finding_detected` of `finding_detected.effusion`."""
    return result.split(".", 1)[0]


def funnel(records: Sequence[FilteredCase], seconds: Mapping[str, float]) -> list[FunnelStep]:
    """Criteria in the order of evaluation.

    Args:
        records: of the filtered cases.
        seconds: by criterion; `experts`, who look at every image once for all criteria, become a step of their own.
    """
    order = list(dict.fromkeys(criterion_of(item.criterion) for record in records for item in record.results))
    if seconds.get("experts"):
        order.insert(_first_image_criterion(order), "experts")
    alive = {record.case.id: True for record in records}
    steps = []
    for name in order:
        mine = {
            record.case.id: [item for item in record.results if criterion_of(item.criterion) == name]
            for record in records
        }
        failed = {key for key, items in mine.items() if any(not item.passed for item in items)}
        first = {key for key in failed if alive[key]}
        alive.update(dict.fromkeys(first, False))
        evaluated = sum(any(item.evaluated for item in items) for items in mine.values())
        remaining = sum(alive.values())
        steps.append(FunnelStep(name, evaluated, len(failed), len(first), remaining, round(seconds.get(name, 0.0), 4)))
    return steps


def _first_image_criterion(order: Sequence[str]) -> int:
    return next((index for index, name in enumerate(order) if name != "plausible_location"), len(order))


def acceptance_by_finding(records: Sequence[FilteredCase]) -> list[FindingRate]:
    """Requested findings in vocabulary order; the last row, "no finding", has cases without requested findings."""
    rates = []
    for name in vocabulary.FINDING_NAMES:
        asking = [record for record in records if any(item.name == name for item in record.case.requested.present)]
        if asking:
            rates.append(FindingRate(name, len(asking), sum(record.case.accepted for record in asking)))
    none = [record for record in records if not record.case.requested.present]
    if none:
        rates.append(FindingRate("no finding", len(none), sum(record.case.accepted for record in none)))
    return rates


def not_evaluated_counts(records: Sequence[FilteredCase]) -> dict[str, int]:
    """How many cases each result could not be made for, most first."""
    counts: dict[str, int] = {}
    for record in records:
        for item in record.results:
            if not item.evaluated:
                counts[item.criterion] = counts.get(item.criterion, 0) + 1
    return dict(sorted(counts.items(), key=lambda pair: -pair[1]))
