# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Reports to findings, against codes made by hand: `python -m recipes.figures.reports --baselines PYTHON --output
FILE`.

The 3,955 reports of Open-I in torchxrayvision's wheel, against the findings their MeSH majors code, by our reader and,
where PYTHON is the interpreter of an environment with medspacy and negspacy, by these two with the same names of
findings. The reader was tuned on the reports whose hashed id is even (`--half tuning`); figures are of the other half.
Several nodules and one are counted as one finding, since the codes tell them apart in a few reports only. "Stated"
counts what the report states; "named" also what it names as one of several ("atelectasis or scarring"), as the coders
did.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from aurad_monai.datasets.sources.openi import REPORTS, mesh_findings, read_reports
from aurad_monai.datasets.sources.xray_vision import annotation_files
from aurad_monai.prompts.radiology_report import read_report
from aurad_monai.prompts.sections import sections
from aurad_monai.prompts.words import certain_names
from aurad_monai.vocabulary import FINDING_NAMES

Findings = Mapping[str, set[str]]
NAMES = [name for name in FINDING_NAMES if name != "diffuse_nodule"]


def half_of(uid: str) -> str:
    """Which half a report belongs to, by its id alone.

    Not `io/split.py`: the grammar of `prompts/` was tuned on one half, so the halves must not move.
    """
    return ("tuning", "test")[int(hashlib.sha256(uid.encode()).hexdigest(), 16) % 2]


def fold(names: set[str]) -> set[str]:
    """Several nodules are nodules."""
    return {"nodule" if name == "diffuse_nodule" else name for name in names}


def baselines(python: str, reports: Mapping[str, str], processes: int) -> dict[str, dict[str, set[str]]]:
    """What the other systems find, from an environment of their own; the reports are shared among processes."""
    script = Path(__file__).with_name("report_baselines.py")
    names = certain_names()
    shares = [dict(list(reports.items())[start::processes]) for start in range(processes)]

    def run(share: Mapping[str, str]) -> dict[str, dict[str, list[str]]]:
        given = json.dumps({"names": names, "reports": {uid: sections(text) for uid, text in share.items()}})
        done = subprocess.run([python, str(script)], input=given, capture_output=True, text=True, check=True)
        answers: dict[str, dict[str, list[str]]] = json.loads(done.stdout.splitlines()[-1])
        return answers

    merged: dict[str, dict[str, set[str]]] = {}
    with ThreadPoolExecutor(processes) as pool:
        for answers in pool.map(run, shares):
            for system, found in answers.items():
                merged.setdefault(system, {}).update({uid: fold(set(said)) for uid, said in found.items()})
    return merged


def scores(truth: Findings, found: Findings, name: str | None) -> dict[str, float]:
    """Precision, recall and F1 of one finding, or of all taken together."""
    counted = [name] if name else NAMES
    hits = sum(len(truth[uid] & found[uid] & set(counted)) for uid in truth)
    said = sum(len(found[uid] & set(counted)) for uid in truth)
    there = sum(len(truth[uid] & set(counted)) for uid in truth)
    precision, recall = hits / max(said, 1), hits / max(there, 1)
    f1 = 2 * hits / max(said + there, 1)
    return {"cases": there, "said": said, "precision": precision, "recall": recall, "f1": f1}


def markdown(table: Mapping[str, Mapping[str, Mapping[str, float]]]) -> str:
    """A line a finding: precision, recall and F1 of each system."""
    systems = list(table)
    lines = ["| finding | coded | " + " | ".join(f"{system}: precision / recall / F1" for system in systems) + " |"]
    lines.append("| --- | --- |" + " --- |" * len(systems))
    for name in (*NAMES, "all"):
        cells = [table[system][name] for system in systems]
        shown = [f"{cell['precision']:.3f} / {cell['recall']:.3f} / {cell['f1']:.3f}" for cell in cells]
        lines.append(f"| {name.replace('_', ' ')} | {cells[0]['cases']:.0f} | " + " | ".join(shown) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--baselines", default="")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--half", choices=("test", "tuning"), default="test")
    parser.add_argument("--output", type=Path, default=Path("reports.json"))
    options = parser.parse_args()
    rows = [row for row in read_reports(annotation_files() / REPORTS) if half_of(row[0]) == options.half]
    reports = {uid: text for uid, text, _, _ in rows}
    truth = {uid: fold(mesh_findings(majors)) for uid, _, majors, _ in rows}
    started = time.perf_counter()
    read = {uid: read_report(text) for uid, text in reports.items()}
    seconds = time.perf_counter() - started
    stated = {uid: fold({item.name for item in found.present}) for uid, found in read.items()}
    systems = {"ours, stated": stated}
    systems["ours, named"] = {uid: stated[uid] | fold(set(found.either)) for uid, found in read.items()}
    systems |= baselines(options.baselines, reports, options.processes) if options.baselines else {}
    table = {
        system: {name: scores(truth, found, None if name == "all" else name) for name in (*NAMES, "all")}
        for system, found in systems.items()
    }
    options.output.write_text(json.dumps(table, indent=2), encoding="utf-8")
    print(markdown(table))
    print(f"\n{len(rows)} reports of the {options.half} half, ours {1000 * seconds / len(rows):.2f} ms a report")


if __name__ == "__main__":
    main()
