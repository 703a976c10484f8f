# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Markdown report of an evaluation: one table a metric family, and the sets and encoders it is based on.

Takes `Results`; gives Markdown lines.
"""

from __future__ import annotations

from collections.abc import Sequence

from aurad_monai.evaluation import scorecard
from aurad_monai.evaluation.metric_result import MetricResult
from aurad_monai.evaluation.results import Results, format_interval
from aurad_monai.reporting import markdown_table

SCORECARD = "Scorecard: every figure is one of the tables below, the row farthest behind real data"
FAMILIES = {
    "fidelity": "Fidelity: distance to real images and diversity",
    "mask_adherence": "Mask adherence: agreement of the images with their masks",
    "attribute_adherence": "Attribute adherence: requested findings, sides, zones and severities in the images",
    "mask_shapes": "Masks: outlines cut with a ruler, beside real masks",
    "shown": "Shown: does an expert see a finding, same seed with and without its mask?",
    "privacy": "Privacy: nearness to training images and membership inference",
    "two_sample_test": "Classifier two-sample test (C2ST), no reader study",
    "subgroups": "Subgroups: view, sex and age",
    "counterfactual": "Counterfactual: change inside and outside a mask at the same seed",
    "encoders": "Encoders: FD of real images that are degraded, from other real images; real data: as they are",
}
COLUMNS = ("measure", "of", "this set", "n", "real data", "n real", "better", "note")


def by_family(metrics: Sequence[MetricResult]) -> dict[str, list[MetricResult]]:
    """Metrics by family, in the order of the report."""
    known = [*FAMILIES, *sorted({metric.family for metric in metrics} - set(FAMILIES))]
    grouped = {name: [metric for metric in metrics if metric.family == name] for name in known}
    return {name: rows for name, rows in grouped.items() if rows}


def cells(metric: MetricResult) -> list[str]:
    """A row, in the order of `COLUMNS`."""
    counts = [str(count) if count else "-" for count in (metric.count, metric.real_count)]
    group = metric.group.replace("_", " ")
    return [
        metric.name,
        group,
        format_interval(metric.value),
        counts[0],
        format_interval(metric.real),
        counts[1],
        metric.better,
        metric.note,
    ]


def as_markdown(results: Results) -> str:
    """The whole report."""
    lines = ["# Evaluation", "", *basis(results), "", f"## {SCORECARD}", ""]
    lines += [*markdown_table(scorecard.COLUMNS, scorecard.scorecard(results)), "", *_criteria(), ""]
    for family, metrics in by_family(results.metrics).items():
        lines += [f"## {FAMILIES.get(family, family)}", "", *table(metrics), ""]
    if command := results.record.get("command"):
        lines += ["```bash", str(command), "```", ""]
    return "\n".join(lines)


def _criteria() -> list[str]:
    return [f"- {name}: {question}" for name, question in scorecard.CRITERIA.items()]


def table(metrics: Sequence[MetricResult]) -> list[str]:
    """Metrics as a Markdown table."""
    return markdown_table(COLUMNS, map(cells, metrics))


def basis(results: Results) -> list[str]:
    """Sets, encoders and warnings, as a Markdown list."""
    lines = [
        f"- {role}: `{part.name}`, {part.count} cases, sha256 {part.digest[:16]}"
        + (f", {part.faults} more could not be read" if part.faults else "")
        for role, part in results.sets.items()
    ]
    for card in results.encoders:
        weights = f"weights sha256 {card.weights_sha256[:16]}" if card.weights_sha256 else "no weights"
        lines.append(f"- encoder {card.name}: {card.kind}; {weights}; {card.preprocessing}; {card.features} features")
    lines += [f"- note: {words}" for words in results.warnings]
    lines += [f"- not answered: {name}: {reason}" for name, reason in results.unanswered.items()]
    if results.protocol:
        lines.append(f"- protocol {results.protocol} of aurad evaluate")
    return [
        *lines,
        '- intervals are 95%; "real data" is the real-vs-real baseline of a distance and the upper bound of a score',
    ]
