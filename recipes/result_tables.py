# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Tables of results as CSV: from the Markdown or JSON that a command leaves.

Takes a file with tables; gives one CSV whose cells are numbers: a cell "0.5 (0.4 to 0.6)" becomes three columns.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from aurad_monai.files import whole_file

Rows = list[list[str]]
INTERVAL = re.compile(r"(-?[\d.]+) \((-?[\d.]+) to (-?[\d.]+)\)")
RULE = re.compile(r"\|[ :|-]+\|")
UTILITY = ("segmentation", "detection", "classification")
"""Tasks of the utility steps, whose output is RUNS/utility_TASK/table.md."""


def write_csv(source: Path, target: Path) -> None:
    """The tables of a Markdown file but its scorecard, or the figures of a JSON file, as one CSV."""
    text = Path(source).read_text(encoding="utf-8")
    if Path(source).suffix != ".json":
        rows = joined([table for table in markdown_tables(text) if table[0] != "scorecard"])
    else:
        content = json.loads(text)
        make = by_prompt if "prompts" in content else by_test if "certificate" in content else flat
        rows = make(content)
    save(split_intervals(rows), target)


def collect_seconds(names: Sequence[str], runs: Path, target: Path) -> None:
    """What each step took, of RUNS/NAME.seconds, and all together; steps that were not run are left out."""
    found = [(name, runs / f"{name}.seconds") for name in names]
    rows = [[name, file.read_text(encoding="utf-8").strip()] for name, file in found if file.is_file()]
    save([["step", "seconds"], *rows, ["all", str(sum(int(seconds) for _, seconds in rows))]], target)


def by_prompt(report: Mapping[str, Any]) -> Rows:
    """Attempts and accepted cases of each prompt, of the report of a dataset."""
    counts = [(line["prompt"], line["attempts"], line["accepted"]) for line in report["prompts"]]
    counts.append(("all", report["attempts"], report["accepted"]))
    rows = [[prompt, str(tried), f"{kept} ({kept / max(tried, 1):.0%})"] for prompt, tried, kept in counts]
    return [["prompt", "attempts", "accepted"], *rows]


def by_test(certificate: Mapping[str, Any]) -> Rows:
    """Tests of a no-copy certificate, those that were not run last."""
    rows = [["test", "group", "value (95%)", "count", "target", "met"]]
    for test in certificate["tests"]:
        value, low, high = test["value"]
        interval = "-" if value is None else f"{value:.3f} ({low:.3f} to {high:.3f})"
        rows.append([test["name"], test["group"], interval, str(test["count"]), test["target"], _yes(test["met"])])
    rows += [[item["test"], "", "-", "0", item["why"], "not run"] for item in certificate["not_run"]]
    return rows


def _yes(met: bool) -> str:
    return "yes" if met else "no"


def save(rows: Rows, target: Path) -> None:
    """Write a table whole or not at all."""
    with whole_file(Path(target)) as partial, partial.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream, lineterminator="\n").writerows(rows)


def save_records(records: Sequence[Mapping[str, str]], target: Path) -> None:
    """Write records of the same entries as a table, their names in the first row."""
    save([list(records[0]), *(list(record.values()) for record in records)], target)


def markdown_tables(text: str) -> Iterator[tuple[str, Rows]]:
    """Heading and rows, the header first, of each table."""
    heading, lines = "", text.splitlines()
    for index, line in enumerate(lines):
        if line.startswith("#"):
            heading = line.lstrip("# ").partition(":")[0].lower()
        if line.startswith("|") and index + 1 < len(lines) and RULE.fullmatch(lines[index + 1]):
            rows = [line]
            for following in lines[index + 2 :]:
                if not following.startswith("|"):
                    break
                rows.append(following)
            yield heading, [[cell.strip().strip("`") for cell in row.strip("|").split("|")] for row in rows]


def joined(tables: Sequence[tuple[str, Rows]]) -> Rows:
    """Tables of one header as one, their headings as first column; of different headers the first."""
    header = tables[0][1][0]
    same = [(heading, rows) for heading, rows in tables if rows[0] == header]
    if len(same) == 1:
        return tables[0][1]
    return [["section", *header], *([heading, *row] for heading, rows in same for row in rows[1:])]


def flat(content: Any, name: str = "") -> Rows:
    """JSON as rows of measure and value."""
    rows: Rows = [] if name else [["measure", "value"]]
    if isinstance(content, dict):
        for key, value in content.items():
            rows += flat(value, f"{name}, {key}".lstrip(", ").replace("_", " "))
        return rows
    if isinstance(content, list) and len(content) == 3 and all(isinstance(x, float) for x in content):
        return [*rows, [name, "{:.4g} ({:.4g} to {:.4g})".format(*content)]]
    return [*rows, [name, f"{content:.4g}" if isinstance(content, float) else str(content)]]


def split_intervals(rows: Rows) -> Rows:
    """A column with intervals becomes three: the value, low and high."""
    columns: list[list[str]] = []
    for header, *cells in zip(*rows, strict=True):
        header = header.replace(" (95%)", "").replace(" (95% interval)", "")
        found = [INTERVAL.fullmatch(cell) for cell in cells]
        plain = ["" if cell == "-" else cell for cell in cells]
        if not any(found):
            columns.append([header, *plain])
            continue
        for number, word in enumerate(("", ", low", ", high"), start=1):
            without = plain if number == 1 else [""] * len(cells)
            columns.append([header + word, *(m[number] if m else c for m, c in zip(found, without, strict=True))])
    return [list(row) for row in zip(*columns, strict=True)]


def collect_utility(runs: Path, target: Path) -> None:
    """The tables of all utility steps as utility.csv, utility_differences.csv, utility_targets.csv and by subgroup.

    A step that was not run is left out, and named.
    """
    scores: Rows = [["task", "finding", "trained on", "cases", "metric", "value (95%)", "test cases", "seeds"]]
    differences: Rows = [["task", "finding", "mixture", "against", "metric", "paired difference (95%)"]]
    others: dict[str, Rows] = {"target": [], "subgroup": []}
    for task in UTILITY:
        table = runs / f"utility_{task}/table.md"
        if not table.is_file():
            print(f"left out: there is no {table}")
            continue
        for heading, (header, *rows) in markdown_tables(table.read_text(encoding="utf-8")):
            finding = heading.rpartition(", ")[2]
            metrics = [(i, name.partition(" (")[0].partition(",")[0]) for i, name in enumerate(header)]
            for row in rows:
                if header[0] == "trained on":
                    for i, name in metrics[2:-2]:
                        scores.append([task, finding, row[0], row[1], name, row[i], row[-2], row[-1]])
                elif "target" not in header and header[0] != "test cases":
                    differences += [[task, finding, *row[:2], name, row[i]] for i, name in metrics[2:]]
            if "target" in header or header[0] == "test cases":
                kept = others["target" if "target" in header else "subgroup"]
                kept += [] if kept else [["task", "finding", *header]]
                kept += [[task, finding, *row] for row in rows]
    save(split_intervals(scores), target / "utility.csv")
    save(split_intervals(differences), target / "utility_differences.csv")
    save(split_intervals(others["target"]), target / "utility_targets.csv")
    save(split_intervals(others["subgroup"]), target / "utility_subgroups.csv")
