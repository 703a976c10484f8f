# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""An evaluation as Markdown, for the docs and for the eye: a table a question, and what its figures rest on."""

from __future__ import annotations

from collections.abc import Sequence

from aurad_monai.evaluation.figure import Figure
from aurad_monai.evaluation.results import Results, cell

QUESTIONS = {
    "fidelity": "Fidelity: do the images look like real ones, and as varied?",
    "adherence": "Adherence: do the images show what their masks say?",
    "control": "Control: is what is asked for seen where it was asked?",
    "privacy": "Privacy: are training images given away?",
    "authenticity": "Authenticity: machine stand-in for a reader study, not a reader study",
}
COLUMNS = ("measure", "of", "this set", "n", "real data", "n real", "better", "note")


def questions(figures: Sequence[Figure]) -> dict[str, list[Figure]]:
    """Figures by question, in the order of the report."""
    known = [*QUESTIONS, *sorted({figure.question for figure in figures} - set(QUESTIONS))]
    grouped = {name: [figure for figure in figures if figure.question == name] for name in known}
    return {name: rows for name, rows in grouped.items() if rows}


def cells(figure: Figure) -> list[str]:
    """A row, in the order of `COLUMNS`."""
    counts = [str(count) if count else "-" for count in (figure.count, figure.real_count)]
    group = figure.group.replace("_", " ")
    return [
        figure.name,
        group,
        cell(figure.value),
        counts[0],
        cell(figure.real),
        counts[1],
        figure.better,
        figure.note,
    ]


def as_markdown(results: Results) -> str:
    """The whole report."""
    lines = ["# Evaluation", "", *basis(results), ""]
    for question, figures in questions(results.figures).items():
        lines += [f"## {QUESTIONS.get(question, question)}", "", *table(figures), ""]
    if command := results.record.get("command"):
        lines += ["```bash", str(command), "```", ""]
    return "\n".join(lines)


def table(figures: Sequence[Figure]) -> list[str]:
    """Figures as a Markdown table."""
    lines = [f"| {' | '.join(COLUMNS)} |", "|" + " --- |" * len(COLUMNS)]
    return lines + [f"| {' | '.join(cells(figure))} |" for figure in figures]


def basis(results: Results) -> list[str]:
    """What the figures rest on, as a list."""
    lines = [
        f"- {role}: `{part.name}`, {part.count} cases, sha256 {part.digest[:16]}"
        + (f", {part.faults} more could not be read" if part.faults else "")
        for role, part in results.sets.items()
    ]
    for card in results.encoders:
        weights = f"weights sha256 {card.weights_sha256[:16]}" if card.weights_sha256 else "no weights"
        lines.append(f"- encoder {card.name}: {card.kind}; {weights}; {card.preprocessing}; {card.features} features")
    lines += [f"- note: {words}" for words in results.warnings]
    return [*lines, '- intervals are 95%; "real data" is the floor of a distance and the ceiling of a score']
