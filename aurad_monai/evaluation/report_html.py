# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""HTML report of an evaluation: tables by metric family, power spectra as a plot, example images.

Takes `Results` and examples as PNG bytes; gives one self-contained page (no network, no script).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from aurad_monai.evaluation import scorecard
from aurad_monai.evaluation.metric_result import MetricResult
from aurad_monai.evaluation.report_text import COLUMNS, FAMILIES, SCORECARD, basis, by_family, cells
from aurad_monai.evaluation.results import Results
from aurad_monai.reporting import html_page, html_picture, html_table

COLORS = ("#2a78d6", "#d95f02", "#1b9e77", "#7570b3")
Examples = Mapping[str, Sequence[tuple[str, bytes]]]

_STYLE = """
.row { display: flex; flex-wrap: wrap; gap: .6rem } figure { margin: 0; width: 8rem; font-size: .75rem }
figure img { width: 8rem; height: 8rem }
"""


def as_html(results: Results, examples: Examples) -> str:
    """The whole page.

    Args:
        results: of the evaluation.
        examples: by heading (best, median, worst), captions and PNG bytes.
    """
    parts = ["<h1>Evaluation</h1>", "<p>For research, not for clinical use.</p>"]
    parts += ["<ul>", *[f"<li>{escape(line[2:]).replace('`', '')}</li>" for line in basis(results)], "</ul>"]
    parts += [f"<h2>{SCORECARD}</h2>", _scorecard(results)]
    for family, metrics in by_family(results.metrics).items():
        parts += [f"<h2>{escape(FAMILIES.get(family, family))}</h2>", _table(metrics)]
        if family == "fidelity" and results.spectra:
            parts.append(_plot(results.spectra))
    for heading, pictures in examples.items():
        parts += [f"<h2>{escape(heading)}</h2>", '<div class="row">', *[_picture(*item) for item in pictures], "</div>"]
    if command := results.record.get("command"):
        parts.append(f"<p class='quiet'><code>{escape(str(command))}</code></p>")
    return html_page("Evaluation", parts, _STYLE)


def _scorecard(results: Results) -> str:
    """Each criterion once, with its question as a title."""
    rows, before = [], ""
    for criterion, *rest in scorecard.scorecard(results):
        first = f"<b title='{escape(scorecard.CRITERIA[criterion])}'>{criterion}</b>" if criterion != before else ""
        rows.append([first, *map(escape, rest)])
        before = criterion
    return html_table(scorecard.COLUMNS, rows)


def _table(metrics: Sequence[MetricResult]) -> str:
    return html_table(COLUMNS, ([escape(text) for text in cells(metric)] for metric in metrics))


def _picture(caption: str, picture: bytes) -> str:
    return f"<figure>{html_picture(picture, caption)}{escape(caption)}</figure>"


def _plot(curves: Mapping[str, Sequence[float]], width: int = 560, height: int = 260) -> str:
    """Curves over one axis as SVG; their names stand beside them."""
    values = [value for curve in curves.values() for value in curve]
    low, high = min(values), max(values)
    lines = [f'<svg viewBox="0 0 {width + 110} {height + 30}" width="{width + 110}" role="img">']
    for number, (name, curve) in enumerate(curves.items()):
        color = COLORS[number % len(COLORS)]
        step, scale = width / max(len(curve) - 1, 1), height / max(high - low, 1e-9)
        points = " ".join(f"{i * step:.1f},{(high - value) * scale:.1f}" for i, value in enumerate(curve))
        lines.append(f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="2"/>')
        lines.append(
            f'<text x="{width + 6}" y="{20 + 18 * number}" fill="{color}" font-size="13">{escape(name)}</text>'
        )
    words = f"log10 power ({low:.1f} to {high:.1f}) by spatial frequency, low to high"
    lines.append(f'<text x="0" y="{height + 20}" font-size="12" fill="currentColor">{words}</text></svg>')
    return "".join(lines)
