# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Write the report of a reader study: a page with plots, its numbers as JSON, ratings as an iMRMC table.

In: a `StudyReport`. Out: report.html, report.json and imrmc.csv in a folder.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from dataclasses import asdict
from html import escape
from pathlib import Path
from typing import Any

from aurad_monai import vocabulary
from aurad_monai.files import write_json, write_text
from aurad_monai.readers.report import MARGIN, Figure, StudyReport
from aurad_monai.reporting import html_page, html_table
from aurad_monai.safe_text import TableWriter
from aurad_monai.statistics import Interval, wilson

_STYLE = "svg { background: #fff; color: #000; max-width: 26rem } "


def write_report(report: StudyReport, folder: Path) -> None:
    """Write the three files, each whole or not at all."""
    write_json(folder / "report.json", _plain(asdict(report)), indent=1)
    write_text(folder / "imrmc.csv", imrmc_table(report))
    write_text(folder / "report.html", as_html(report))


def imrmc_table(report: StudyReport) -> str:
    """Truth and ratings as the iMRMC software reads them: a line a case and reader, higher for generated ones."""
    text = io.StringIO()
    table = TableWriter(text, lineterminator="\n")
    table.writerow(["readerID", "caseID", "modalityID", "score"])
    for case, truth in zip(report.cases, report.truth, strict=True):
        table.writerow(["truth", case, "truth", int(truth)])
    runs = sorted({name for name in report.made if name})
    for run in runs if len(runs) > 1 else ["aurad"]:
        for reader, row in zip(report.readers, report.ratings, strict=True):
            for case, own, rating in zip(report.cases, report.made, row, strict=True):
                if len(runs) < 2 or own in ("", run):  # real ones stand under every run
                    table.writerow([reader, case, run, -int(rating)])
    return text.getvalue()


def as_lines(report: StudyReport) -> Iterator[str]:
    """The report for a terminal."""
    yield f"{report.generated} generated and {report.real} real radiographs, {len(report.readers)} complete readers"
    for code, (done, total) in report.unfinished.items():
        yield f"not pooled: {code}, {done} of {total} pages"
    for figure in report.figures.values():
        yield f"{figure.words:<46} {_text(figure.pooled)}"
    for one in report.compared.values():
        for run, interval in one.runs.items():
            yield f"{f'{run}: {one.words}':<46} {_text(interval)}"
        for pair, interval in one.differences.items():
            yield f"{f'  {pair}':<46} {_text(interval)}"
        yield f"{'  equal runs':<46} p = {one.p:.3f}"
    if not math.isnan(report.equivalent):
        yield f"{f'equivalent within {MARGIN:g} (two one-sided tests)':<46} p = {report.equivalent:.3f}"
    if not math.isnan(report.agreement):
        yield f"{'agreement of readers (Fleiss kappa)':<46} {report.agreement:.2f}"


def as_html(report: StudyReport) -> str:
    """The page."""
    title = "Reader study (pilot)" if report.pilot else "Reader study"
    basis = f"{report.generated} generated and {report.real} real radiographs, {len(report.readers)} complete readers"
    parts = [f"<h1>{title}</h1>", f"<p>{basis}. Brackets hold 95% intervals over readers and cases.</p>"]
    for code, (done, total) in report.unfinished.items():
        parts.append(f"<p class='quiet'>Not pooled: {escape(code)}, {done} of {total} pages.</p>")
    if report.figures:
        head = ("figure", "all readers", *map(escape, report.readers))
        parts += ["<h2>Real or generated</h2>", html_table(head, map(_row, report.figures.values()))]
        parts.append(f"<p>Equivalent within {MARGIN:g}, two one-sided tests: p = {report.equivalent:.3f}.</p>")
        if report.compared:
            head = ("figure", "run or difference", "all readers", "p of equal runs")
            parts += ["<h2>Runs side by side</h2>", html_table(head, _runs(report))]
        parts += ["<h2>ROC curves</h2>", _plot(report)]
    parts += ["<h2>Agreement and time</h2>", _agreement(report)]
    value, low, high, count = report.named
    if count:
        parts.append(f"<p>Named finding is in the mask: {_text((value, low, high))} of {count} answers.</p>")
    if report.useful:
        parts += ["<h2>Outlines</h2>", html_table(("finding", "useful", "partly", "no", "share useful"), _uses(report))]
    return html_page(title, parts, _STYLE)


def _row(figure: Figure) -> list[str]:
    return [escape(figure.words), _text(figure.pooled), *map(_text, figure.readers.values())]


def _runs(report: StudyReport) -> Iterator[list[str]]:
    for one in report.compared.values():
        for name, interval in (*one.runs.items(), *one.differences.items()):
            yield [escape(one.words), escape(name), _text(interval), f"{one.p:.3f}"]


def _agreement(report: StudyReport) -> str:
    kappa = "one reader" if math.isnan(report.agreement) else f"{report.agreement:.2f}"
    rows = [
        [escape(code), f"{same:.2f} of {count}" if count else "none shown twice", f"{report.seconds[code]:.1f}"]
        for code, (same, count) in report.repeated.items()
    ]
    head = ("reader", "second showing judged as the first", "median seconds a page")
    return f"<p>Between readers (Fleiss' kappa): {kappa}.</p>" + html_table(head, rows)


def _uses(report: StudyReport) -> Iterator[list[str]]:
    for name, (yes, partly, no) in report.useful.items():
        count = yes + partly + no
        label = escape(vocabulary.finding(name).label)
        yield [label, str(yes), str(partly), str(no), _text((yes / count, *wilson(yes, count)))]


def _text(interval: Interval) -> str:
    return f"{interval[0]:.2f} ({interval[1]:.2f} to {interval[2]:.2f})"


def _plot(report: StudyReport, edge: int = 300) -> str:
    """ROC curves as SVG, one a reader, with the line of chance."""
    lines = [f'<svg viewBox="-40 -10 {edge + 60} {edge + 50}" role="img" aria-label="ROC curves of the readers">']
    lines.append(f'<path d="M0 {edge} H{edge} V0 H0 Z M0 {edge} L{edge} 0" fill="none" stroke="#bbb"/>')
    for number, (code, (false, true)) in enumerate(report.curves.items()):
        points = " ".join(f"{edge * x:.1f},{edge * (1 - y):.1f}" for x, y in zip(false, true, strict=True))
        color = f"hsl({137 * number % 360} 70% 40%)"
        lines.append(f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="2"/>')
        lines.append(f'<text x="{edge - 4}" y="{edge - 8 - 14 * number}" fill="{color}" {_SMALL}>{escape(code)}</text>')
    lines.append(
        f'<text x="{edge / 2}" y="{edge + 30}" text-anchor="middle" font-size="12">real called generated</text>'
    )
    lines.append("</svg><p>Upwards: generated called generated.</p>")
    return "\n".join(lines)


_SMALL = 'text-anchor="end" font-size="12"'


def _plain(content: Any) -> Any:
    """The same for JSON: arrays as lists, NaN as null."""
    if isinstance(content, dict):
        return {str(key): _plain(value) for key, value in content.items()}
    if hasattr(content, "tolist"):
        return _plain(content.tolist())
    if isinstance(content, (list, tuple)):
        return [_plain(value) for value in content]
    return None if isinstance(content, float) and not math.isfinite(content) else content
