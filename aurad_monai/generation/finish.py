# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Finish a dataset: manifest, report by prompt, dataset.json, overview picture and SHA256SUMS.

In: the folder with all of its shards. Out: these files in it, and the report.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from aurad_monai.export.case_files import describe_dataset
from aurad_monai.export.provenance import Provenance
from aurad_monai.files import sha256, whole_file, write_sums
from aurad_monai.filtering.not_judged import Counts
from aurad_monai.generation.folder import MANIFEST, PLAN, DatasetFolder
from aurad_monai.generation.plan import Plan
from aurad_monai.generation.worker import FAILED
from aurad_monai.io.read_run import read_case

DATASET, REPORT, OVERVIEW = "dataset.json", "report.json", "overview.png"
SHOWN = 8
"""So many accepted cases go into the overview."""


@dataclass
class RowReport:
    """How a row of the plan went."""

    attempts: int = 0
    accepted: int = 0
    failed: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, line: dict[str, Any]) -> None:
        """Count an attempt."""
        self.attempts += 1
        self.accepted += line["accepted"]
        self.failed += any(reason.startswith(FAILED) for reason in line["reasons"])
        self.reasons.update(_kind(reason) for reason in line["reasons"])


def finish(folder: DatasetFolder, plan: Plan, made_by: Provenance) -> dict[str, Any]:
    """Write everything but run.json; the same shards give the same bytes, so it may be interrupted and repeated.

    Returns:
        The report: cases wanted, accepted and attempted, by row of the plan, the rows that were not satisfied, and the
        findings that were not judged.
    """
    manifest = folder.work / f"{MANIFEST}-{secrets.token_hex(4)}"
    rows = [RowReport() for _ in plan.rows]
    shown: list[dict[str, Any]] = []
    silent = Counts()
    with manifest.open("w", encoding="utf-8") as stream:
        for row, text in _lines(folder, plan):
            line = json.loads(text)
            rows[row].add(line)
            silent.add(line.get("why_not_judged", {}), line["accepted"])
            stream.write(text + "\n")
            if line["accepted"] and len(shown) < SHOWN:
                shown.append(line)
        stream.flush()
        os.fsync(stream.fileno())
    manifest.replace(folder.root / MANIFEST)
    report = {**_report(plan, rows), "not_judged": silent.as_json()}
    folder.write_json(REPORT, report)
    cases = [read_case(folder.root, line) for line in shown]
    folder.write_json(DATASET, describe_dataset(cases, made_by, silent))
    _draw(folder, cases, report, silent.note())
    files = (DATASET, MANIFEST, OVERVIEW, PLAN, REPORT)
    write_sums(folder.root, {name: sha256(folder.root / name) for name in files}, folder.work)
    return report


def remove_work(folder: DatasetFolder) -> None:
    """Remove the `.work` folder."""
    shutil.rmtree(folder.work, ignore_errors=True)


def _lines(folder: DatasetFolder, plan: Plan) -> Iterator[tuple[int, str]]:
    """(row, line) of every attempt, shard by shard."""
    for shard in plan.shards():
        row_of = {slot.number: slot.row for slot in shard.slots}
        with (folder.shard(shard) / MANIFEST).open(encoding="utf-8") as stream:
            for text in stream:
                yield row_of[json.loads(text)["case"]], text.rstrip("\n")


def _report(plan: Plan, rows: list[RowReport]) -> dict[str, Any]:
    entries: list[dict[str, Any]] = [
        {
            "prompt": asked.prompt,
            "wanted": asked.num,
            "counted": "accepted" if asked.until_accepted else "attempts",
            "accepted": made.accepted,
            "attempts": made.attempts,
            "failed": made.failed,
            "acceptance_rate": round(made.accepted / max(made.attempts, 1), 4),
            "reasons": dict(sorted(made.reasons.items(), key=lambda item: (-item[1], item[0]))[:5]),
        }
        for asked, made in zip(plan.rows, rows, strict=True)
    ]
    short = [entry for entry in entries if entry["counted"] == "accepted" and entry["accepted"] < entry["wanted"]]
    return {
        "wanted": plan.total,
        "accepted": sum(made.accepted for made in rows),
        "attempts": sum(made.attempts for made in rows),
        "failed": sum(made.failed for made in rows),
        "unsatisfied": [{"prompt": e["prompt"], "missing": e["wanted"] - e["accepted"]} for e in short],
        "prompts": entries,
    }


def _kind(reason: str) -> str:
    """A reason without its figures, so that equal reasons are counted together."""
    return " ".join("#" if any(letter.isdigit() for letter in word) else word for word in reason.split())[:120]


def _draw(folder: DatasetFolder, cases: list[Any], report: dict[str, Any], silent: str) -> None:
    from aurad_monai.export.overview import draw_overview  # SciPy's image functions are only needed at the end

    title = f"{len(report['prompts'])} prompts, {report['accepted']} cases"
    known = f"{report['accepted']} of {report['attempts']} accepted; " + (f"{silent}; " if silent else "")
    note = f"{known}synthetic, for research, not for clinical use"
    with whole_file(folder.root / OVERVIEW, folder.work) as partial:
        draw_overview(cases, title, note).save(partial)
