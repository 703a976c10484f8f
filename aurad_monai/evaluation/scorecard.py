# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""One-page scorecard of an evaluation, by the seven criteria of the scorecard for synthetic medical data.

Takes `Results`; gives rows of a table. The criteria are those of Zamzmi et al. (Scorecard for Synthetic Medical Data
Evaluation and Reporting, 2024). Every number is one of the report, or counted from it: where a metric has several rows
(encoders, structures, findings) the one farthest behind real data stands here, and what was not measured says so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from aurad_monai.evaluation.metric_result import MetricResult
from aurad_monai.evaluation.results import Results, format_interval

COLUMNS = ("criterion", "measure", "of", "this set", "real data", "beside real data")
CRITERIA = {
    "congruence": "are the pictures distributed as real ones?",
    "coverage": "do they vary as real ones do?",
    "constraint": "do they keep to their masks, and masks to anatomy?",
    "completeness": "is everything there that was requested?",
    "compliance": "is no patient of the training set in them?",
    "comprehension": "is it stated what the figures rest on?",
    "consistency": "is it so for each group of patients, and at each seed?",
}
AS_REAL, BEHIND = "as real data", "behind real data"


@dataclass(frozen=True)
class Entry:
    """A measure of a criterion.

    Args:
        criterion: one of `CRITERIA`.
        family: of the metric.
        name: start of its name.
        flag: what has to be given for it; empty where masks, prompts or nothing at all are needed.
        group: start of the group, where others do not belong here.
    """

    criterion: str
    family: str
    name: str
    flag: str = "masks or prompts of the set"
    group: str = ""


ENTRIES = (
    Entry("congruence", "fidelity", "FD", "20 images"),
    Entry("congruence", "two_sample_test", "C2ST AUROC", "--two_sample_test", "this set"),
    Entry("coverage", "fidelity", "recall", "20 images"),
    Entry("coverage", "fidelity", "MS-SSIM of pairs", "images"),
    Entry("constraint", "mask_adherence", "Dice"),
    Entry("constraint", "mask_shapes", "straight edges"),
    Entry("completeness", "attribute_adherence", "requested finding detected"),
    Entry("completeness", "shown", "", "--shown BUNDLE"),
    Entry("compliance", "privacy", "share nearer than", "--privacy"),
    Entry("compliance", "privacy", "own film under its own masks", "--certificate BUNDLE"),
    Entry("compliance", "privacy", "membership inference", "--membership BUNDLE"),
    Entry("consistency", "counterfactual", "more inside than outside", "--counterfactual BUNDLE"),
)


def scorecard(results: Results) -> list[tuple[str, ...]]:
    """Rows in the order of `COLUMNS`, criterion by criterion."""
    rows = [_row(entry, results.metrics) for entry in ENTRIES]
    rows += [*_read(results), *_stated(results), *_groups(results.metrics)]
    order = list(CRITERIA)
    return sorted(rows, key=lambda row: order.index(row[0]))


def _row(entry: Entry, metrics: Sequence[MetricResult]) -> tuple[str, ...]:
    found = [
        metric
        for metric in metrics
        if metric.family == entry.family
        and metric.name.startswith(entry.name)
        and metric.group.startswith(entry.group)
        and math.isfinite(metric.value[0])
    ]
    if not found:
        return entry.criterion, entry.name or entry.family, "", "not measured", "", f"needs {entry.flag}"
    worst = max(found, key=_distance)
    intervals = format_interval(worst.value), format_interval(worst.real)
    return entry.criterion, worst.name, worst.group.replace("_", " "), *intervals, _beside(worst)


def _distance(metric: MetricResult) -> float:
    """How far behind real data a metric is, or how bad where there are none; the larger the farther."""
    value, real = metric.value[0], metric.real[0]
    worse = -value if metric.better == "higher" else value
    if not math.isfinite(real):
        return worse
    scale = max(abs(real), 1e-9)
    return (worse - (-real if metric.better == "higher" else real)) / scale


def _beside(metric: MetricResult) -> str:
    """Whether its interval reaches that of real data; empty where there are none."""
    if not math.isfinite(metric.real[0]):
        return ""
    (_, low, high), (_, real_low, real_high) = (
        tuple(end if math.isfinite(end) else interval[0] for end in interval)
        for interval in (metric.value, metric.real)
    )
    reached = high >= real_low if metric.better == "higher" else low <= real_high
    return AS_REAL if reached else BEHIND


def _read(results: Results) -> list[tuple[str, ...]]:
    """Share of the set's cases whose files could be read."""
    part = results.sets.get("synthetic")
    if part is None:
        return []
    every = part.count + part.faults
    return [("completeness", "cases that could be read", "", f"{part.count} of {every}", "", "")]


def _stated(results: Results) -> list[tuple[str, ...]]:
    """What the report says of itself."""
    known = sum(bool(card.weights_sha256) or "nothing is learned" in card.kind for card in results.encoders)
    encoders = f"{known} of {len(results.encoders)}"
    parts = [name for name in ("command", "versions", "bundles") if results.record.get(name)]
    return [
        ("comprehension", "encoders whose weights are stated", "", encoders, "", ""),
        ("comprehension", "record", "", ", ".join(parts) or "none", "", ""),
    ]


def _groups(metrics: Sequence[MetricResult]) -> list[tuple[str, ...]]:
    """Largest difference between subgroups of what is measured of each."""
    rows: list[tuple[str, ...]] = []
    known = [metric for metric in metrics if metric.family == "subgroups" and math.isfinite(metric.value[0])]
    for name in dict.fromkeys(metric.name for metric in known):
        part = sorted((metric for metric in known if metric.name == name), key=lambda metric: metric.value[0])
        spread = part[-1].value[0] - part[0].value[0]
        groups = f"{part[0].group} to {part[-1].group}".replace("_", " ")
        rows.append(("consistency", f"{name}, difference of subgroups", groups, f"{spread:.3f}", "", ""))
    return rows or [("consistency", "subgroups", "", "not measured", "", "needs --by view,sex,age")]
