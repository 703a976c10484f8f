# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The utility table: finished cells by mixture, and whether synthetic data help, with paired bootstrap intervals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from aurad_monai.evaluation.adherence import mean_interval
from aurad_monai.evaluation.results import cell as written
from aurad_monai.evaluation.utility_cell import FRACTIONS, Cell

Finished = Sequence[tuple[Cell, Mapping[str, Any]]]
Scores = dict[str, dict[str, dict[int, float]]]


def scores_by_mix(cells: Finished, task: str, finding: str) -> Scores:
    """Scores of test cases by mixture, id and seed."""
    found: Scores = defaultdict(lambda: defaultdict(dict))
    for cell, content in cells:
        if (cell.task, cell.finding) == (task, finding):
            for name, value in zip(content["ids"], content["values"], strict=True):
                found[cell.mix][name][cell.seed] = float(value)
    return found


def paired_difference(first: dict[str, dict[int, float]], second: dict[str, dict[int, float]]) -> tuple[float, ...]:
    """Mean difference of two mixtures over test cases and seeds both have, with its 95% interval over cases.

    Seeds of a case are averaged first: they are repetitions, no further cases.
    """
    differences = []
    for name in sorted(set(first) & set(second)):
        seeds = set(first[name]) & set(second[name])
        if seeds:
            differences.append(np.mean([first[name][seed] - second[name][seed] for seed in seeds]))
    return mean_interval(np.array(differences))


def comparisons(scores: Scores) -> list[tuple[str, str]]:
    """Pairs worth comparing: synthetic alone, and added, against real alone and against as many augmented copies."""
    pairs = [("synthetic x1", "real 100%")]
    for real in FRACTIONS:
        base = f"real {real}%"
        pairs += [(mix, base) for mix in scores if mix.startswith(f"{base} + synthetic")]
        pairs.append((f"{base} + synthetic x1", f"{base} + augmented x1"))
    return [pair for pair in pairs if pair[0] in scores and pair[1] in scores]


def as_markdown(cells: Finished) -> str:
    """All tables of the finished cells."""
    lines: list[str] = []
    for task, finding in sorted({(cell.task, cell.finding) for cell, _ in cells}):
        lines += [f"### {task.capitalize()}, {finding.replace('_', ' ')}", "", *_means(cells, task, finding), ""]
        scores = scores_by_mix(cells, task, finding)
        rows = [
            f"| {one} | {other} | {written(paired_difference(scores[one], scores[other]))} |"
            for one, other in comparisons(scores)
        ]
        if rows:
            lines += ["| mixture | against | difference, paired (95%) |", "| --- | --- | --- |", *rows, ""]
    return "\n".join(lines)


HEAD = ("trained on", "cases", "{score} (95%)", "test cases", "AUROC", "seeds")


def _means(cells: Finished, task: str, finding: str) -> list[str]:
    kept = [(cell, content) for cell, content in cells if (cell.task, cell.finding) == (task, finding)]
    head = " | ".join(HEAD).format(score=kept[0][1]["score"])
    lines = [f"| {head} |", "|" + " --- |" * len(HEAD)]
    scores = scores_by_mix(cells, task, finding)
    order = {cell.mix: (cell.real == 0, cell.real, cell.synthetic, cell.augmented) for cell, _ in kept}
    for mix in sorted(scores, key=lambda name: order[name]):
        same = [content for cell, content in kept if cell.mix == mix]
        means = np.array([np.mean(list(seeds.values())) for seeds in scores[mix].values()])
        areas: npt.NDArray[Any] = np.array([content["auroc"] for content in same if content.get("auroc") is not None])
        auroc = f"{areas.mean():.3f}" if len(areas) else "-"
        row = (mix, same[0]["trained_on"], written(mean_interval(means)), len(means), auroc, len(same))
        lines.append("| " + " | ".join(map(str, row)) + " |")
    return lines
