# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Writer of a filter report, whole or not at all: manifest.jsonl (all results), report.html and run.json.

Takes filtered cases; gives the path of the folder.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from aurad_monai.errors import InputError
from aurad_monai.filtering.criteria.criterion import CriterionResult
from aurad_monai.filtering.filter_run import FilteredCase
from aurad_monai.filtering.not_judged import Counts
from aurad_monai.filtering.report_page import report_page
from aurad_monai.filtering.summary import acceptance_by_finding, funnel, not_evaluated_counts
from aurad_monai.io.output_folder import check_output, whole_or_nothing


def write_report(
    output: str | Path,
    title: str,
    records: Sequence[FilteredCase],
    seconds: Mapping[str, float],
    record: Mapping[str, Any],
    overwrite: bool = False,
) -> Path:
    """Write a report folder, whole or not at all: manifest.jsonl, report.html, run.json.

    Args:
        output: the folder to be.
        title: what was judged.
        records: of every case.
        seconds: by criterion.
        record: how it was judged: command, versions, bundles.
        overwrite: replace an earlier report or run there.

    Raises:
        InputError: the folder cannot be used or written.
    """
    path = check_output(output, overwrite)
    try:
        with whole_or_nothing(path) as folder:
            lines = [json.dumps(manifest_line(record), allow_nan=False) for record in records]
            (folder / "manifest.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
            (folder / "report.html").write_text(report_page(title, records, seconds), encoding="utf-8")
            content = json.dumps({**record, **tables(records, seconds)}, indent=2, allow_nan=False)
            (folder / "run.json").write_text(content + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError("output", output, "a folder that can be written", error.strerror or str(error)) from error
    return path


def tables(records: Sequence[FilteredCase], seconds: Mapping[str, float]) -> dict[str, Any]:
    """What report.html shows as tables, for programs."""
    accepted = sum(record.case.accepted for record in records)
    return {
        "cases": len(records),
        "accepted": accepted,
        "acceptance_rate": round(accepted / len(records), 4) if records else 0.0,
        "funnel": [asdict(step) for step in funnel(records, seconds)],
        "acceptance_by_finding": [asdict(rate) for rate in acceptance_by_finding(records)],
        "not_evaluated": not_evaluated_counts(records),
        "not_judged": Counts.of(record.case for record in records).as_json(),
    }


def manifest_line(record: FilteredCase) -> dict[str, Any]:
    """One case as a line of manifest.jsonl; JSON has no NaN, so what could not be measured is null."""
    return {
        "id": record.case.id,
        "prompt": record.case.prompt,
        "findings": asdict(record.case.requested),
        "source": record.case.source,
        "accepted": record.case.accepted,
        "reasons": list(record.case.reasons),
        "not_judged": list(record.case.not_judged),
        "why_not_judged": dict(record.case.not_judged),
        "results": [_result(item) for item in record.results],
    }


def _result(item: CriterionResult) -> dict[str, Any]:
    score, threshold = (value if math.isfinite(value) else None for value in (item.score, item.threshold))
    return {
        "criterion": item.criterion,
        "score": None if score is None else float(score),
        "threshold": None if threshold is None else float(threshold),
        "pass": bool(item.passed),
        "evaluated": item.evaluated,
        "reason": item.reason,
        "measure": item.measure,
    }
