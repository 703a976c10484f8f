# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""HTML report of a filter run: acceptance by criterion and by finding, accepted and rejected cases with reasons.

Takes filtered cases and seconds by criterion; gives one self-contained page (no network, no script).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

from aurad_monai import vocabulary
from aurad_monai.filtering.criteria.criterion import NOT_JUDGED, CriterionResult
from aurad_monai.filtering.filter_run import FilteredCase
from aurad_monai.filtering.not_judged import Counts, in_short
from aurad_monai.filtering.summary import acceptance_by_finding, criterion_of, funnel, not_evaluated_counts
from aurad_monai.reporting import html_page, html_picture, html_table

MAX_SHOWN = 60
"""Accepted cases, and rejected ones, that get a thumbnail: a page of thousands opens in no browser."""

_STYLE = """
h1 { margin-bottom: 0 } table { display: table } th, td { text-align: right }
th:first-child, td:first-child { text-align: left }
.bar { display: inline-block; height: .7rem; background: #2a78d6; vertical-align: middle }
.cases { display: grid; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr)); gap: 1rem }
.case { border: 1px solid #8884; border-radius: .4rem; padding: .6rem; overflow-wrap: anywhere }
.case img { float: right; width: 6.5rem; height: 6.5rem; margin-left: .5rem }
.case p { margin: .2rem 0; font-size: .85rem } .bad { color: #c0392b }
details { clear: both; font-size: .8rem } details table { font-size: .75rem } details td { padding: .1rem .4rem }
"""


def report_page(title: str, records: Sequence[FilteredCase], seconds: Mapping[str, float]) -> str:
    """The whole page.

    Args:
        title: what was judged.
        records: of every case.
        seconds: by criterion, as `FilterRun.seconds` has them.
    """
    accepted = [record for record in records if record.case.accepted]
    rejected = [record for record in records if not record.case.accepted]
    share = f"{len(accepted) / len(records):.0%}" if records else "none"
    parts = [
        f"<h1>Expert filter: {escape(title)}</h1>",
        f"<p>{len(accepted)} of {len(records)} cases accepted ({share}). For research, not for clinical use.</p>",
        "<h2>Where cases are rejected</h2>",
        _funnel(records, seconds),
        "<h2>Acceptance by finding</h2>",
        _findings(records),
        *_not_judged(records),
        *_unevaluated(records),
        *_gallery("Accepted", accepted),
        *_gallery("Rejected", _spread(rejected)),
    ]
    return html_page(f"Expert filter: {title}", parts, _STYLE)


def _funnel(records: Sequence[FilteredCase], seconds: Mapping[str, float]) -> str:
    head = ("criterion", "evaluated", "failed", "rejected first", "remaining", "", "seconds", "ms a case")
    count = max(len(records), 1)
    rows = []
    for step in funnel(records, seconds):
        bar = f'<span class="bar" style="width:{8 * step.remaining / count:.2f}rem"></span>'
        name = escape(step.criterion.replace("_", " "))
        numbers = [str(value) for value in (step.evaluated, step.failed, step.rejected_first, step.remaining)]
        cost = [f"{step.seconds:.2f}", f"{1000 * step.seconds / count:.1f}"]
        looking = step.criterion == "experts"
        rows.append([name, *(["", "", "", ""] if looking else numbers), "" if looking else bar, *cost])
    return html_table(head, rows)


def _findings(records: Sequence[FilteredCase]) -> str:
    rates = acceptance_by_finding(records)
    rows = [
        (
            escape(rate.finding.replace("_", " ")),
            str(rate.cases),
            str(rate.accepted),
            f"{rate.accepted / rate.cases:.0%}",
        )
        for rate in rates
    ]
    return html_table(("requested finding", "cases", "accepted", "rate"), rows)


def _not_judged(records: Sequence[FilteredCase]) -> list[str]:
    counts = Counts.of(record.case for record in records).as_json()
    if not counts:
        return []
    rows = [
        (escape(vocabulary.finding(name).label), str(count["cases"]), str(count["accepted"]), escape(count["why"]))
        for name, count in counts.items()
    ]
    said = "Acceptance says nothing about these findings: nobody looked for them in the image."
    return ["<h2>Not judged</h2>", f"<p>{said}</p>", html_table(("finding", "cases", "accepted", "why"), rows)]


def _unevaluated(records: Sequence[FilteredCase]) -> list[str]:
    counts = not_evaluated_counts(records)
    if not counts:
        return []
    rows = [(escape(name.replace("_", " ")), str(count)) for name, count in counts.items()]
    table = html_table(("not judged", "cases"), rows)
    return [f"<details><summary>Checks that could not be made ({len(counts)} kinds)</summary>{table}</details>"]


def _spread(records: Sequence[FilteredCase]) -> list[FilteredCase]:
    """Rejected cases, so that the first ones show each criterion in turn."""
    groups: dict[str, list[FilteredCase]] = {}
    for record in records:
        first = next((criterion_of(item.criterion) for item in record.results if not item.passed), "")
        groups.setdefault(first, []).append(record)
    longest = max((len(group) for group in groups.values()), default=0)
    return [group[row] for row in range(longest) for group in groups.values() if row < len(group)]


def _gallery(title: str, records: Sequence[FilteredCase]) -> list[str]:
    shown = records[:MAX_SHOWN]
    more = f" (the first {MAX_SHOWN} of {len(records)})" if len(records) > MAX_SHOWN else f" ({len(records)})"
    return [f"<h2>{title}{more}</h2>", '<div class="cases">', *[_card(record) for record in shown], "</div>"]


def _card(record: FilteredCase) -> str:
    image = html_picture(record.thumbnail, record.case.id) if record.thumbnail else ""
    reasons = "".join(f'<p class="bad">{escape(reason)}</p>' for reason in record.case.reasons)
    rows = [_result_row(item) for item in record.results]
    table = html_table(("criterion", "score", "threshold", "", "reason"), rows)
    silent = in_short(list(record.case.not_judged))
    reasons += f'<p class="quiet">{escape(silent)}</p>' if silent else ""
    prompt = f'<p class="quiet">{escape(record.case.prompt)}</p>' if record.case.prompt else ""
    details = f"<details><summary>{len(rows)} results</summary>{table}</details>"
    return f'<div class="case">{image}<strong>{escape(record.case.id)}</strong>{prompt}{reasons}{details}</div>'


def _result_row(item: CriterionResult) -> list[str]:
    mark = NOT_JUDGED if not item.evaluated else "passed" if item.passed else "failed"
    numbers = ["" if not math.isfinite(value) else f"{value:.3f}" for value in (item.score, item.threshold)]
    name = f"{item.criterion} ({item.measure})" if item.measure else item.criterion
    return [escape(name), *numbers, mark, escape(item.reason)]
