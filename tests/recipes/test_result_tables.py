# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""What commands print becomes CSV: intervals in columns of their own, sections in the first, utility in four tables."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from recipes.result_tables import UTILITY, collect_seconds, collect_utility, write_csv


def read(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.reader(stream))


def test_tables_of_one_header_are_joined_and_intervals_split(tmp_path: Path) -> None:
    source = tmp_path / "report.md"
    source.write_text(
        "# Report\n## Scorecard: all\n\n| criterion | x |\n| --- | --- |\n| a | 1 |\n\n"
        "## Fidelity: real?\n\n| measure | this set (95%) | n |\n| --- | --- | --- |\n"
        "| FD | 0.5 (0.4 to 0.6) | 3 |\n\n"
        "## Control: obeyed?\n\n| measure | this set (95%) | n |\n| --- | --- | --- |\n"
        "| side | - | 4 |\n\n| other | x |\n| --- | --- |\n| a | b |\n"
    )
    write_csv(source, tmp_path / "out.csv")
    assert read(tmp_path / "out.csv") == [
        ["section", "measure", "this set", "this set, low", "this set, high", "n"],
        ["fidelity", "FD", "0.5", "0.4", "0.6", "3"],
        ["control", "side", "", "", "", "4"],
    ]


def test_json_becomes_measures_and_values(tmp_path: Path) -> None:
    content = {"count": 2, "fd": {"cosine": 0.25, "self_supervised": [1.0, 0.5, 2.0]}}
    (tmp_path / "in.json").write_text(json.dumps(content))
    write_csv(tmp_path / "in.json", tmp_path / "out.csv")
    assert read(tmp_path / "out.csv")[1:] == [
        ["count", "2", "", ""],
        ["fd, cosine", "0.25", "", ""],
        ["fd, self supervised", "1", "0.5", "2"],
    ]


def test_utility_of_all_tasks_is_collected_and_one_not_run_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (
        "| trained on | cases | Dice (95%) | AUROC (95%) | test cases | seeds |\n"
        "| --- | --- | --- | --- | --- | --- |\n"
        "| real 10% | 4 | 0.4 (0.3 to 0.5) | 0.6 (0.5 to 0.7) | 2 of 3 | 3 |\n\n"
        "| mixture | against | Dice, paired difference (95%) |\n| --- | --- | --- |\n"
        "| synthetic x1 | real 100% | -0.1 (-0.2 to 0.1) |\n\n"
        "| mixture | against | target | measured (95%) | verdict |\n| --- | --- | --- | --- | --- |\n"
        "| synthetic x1 | real 100% | at least 0.8 of it | 0.7 (0.6 to 0.8) | missed |\n\n"
        "| test cases | with, without | real 100% |\n| --- | --- | --- |\n| female | 1, 2 | 0.5 (0.1 to 0.9) |\n"
    )
    for task in UTILITY:
        (tmp_path / f"utility_{task}").mkdir()
        sections = (f"### {task.capitalize()}, {finding}\n\n{text}" for finding in ("consolidation", "effusion"))
        (tmp_path / f"utility_{task}/table.md").write_text("\n".join(sections))
    collect_utility(tmp_path, tmp_path)
    assert read(tmp_path / "utility.csv")[1:3] == [
        ["segmentation", "consolidation", "real 10%", "4", "Dice", "0.4", "0.3", "0.5", "2 of 3", "3"],
        ["segmentation", "consolidation", "real 10%", "4", "AUROC", "0.6", "0.5", "0.7", "2 of 3", "3"],
    ]
    last = ["classification", "effusion", "synthetic x1", "real 100%"]
    assert read(tmp_path / "utility_differences.csv")[-1] == [*last, "Dice", "-0.1", "-0.2", "0.1"]
    assert read(tmp_path / "utility_targets.csv")[-1] == [*last, "at least 0.8 of it", "0.7", "0.6", "0.8", "missed"]
    subgroup = ["classification", "effusion", "female", "1, 2", "0.5", "0.1", "0.9"]
    assert read(tmp_path / "utility_subgroups.csv")[-1] == subgroup

    (tmp_path / "utility_detection/table.md").unlink()
    capsys.readouterr()
    collect_utility(tmp_path, tmp_path)
    assert "left out" in (said := capsys.readouterr().out) and "utility_detection" in said
    assert {row[0] for row in read(tmp_path / "utility.csv")[1:]} == {"segmentation", "classification"}


def test_the_report_of_a_dataset_is_a_row_a_prompt(tmp_path: Path) -> None:
    report = {"attempts": 6, "accepted": 3, "prompts": [{"prompt": "normal", "attempts": 6, "accepted": 3}]}
    (tmp_path / "report.json").write_text(json.dumps(report))
    write_csv(tmp_path / "report.json", tmp_path / "table.csv")
    lines = (tmp_path / "table.csv").read_text().splitlines()
    assert lines == ["prompt,attempts,accepted", "normal,6,3 (50%)", "all,6,3 (50%)"]


def test_a_certificate_is_a_row_a_test(tmp_path: Path) -> None:
    test = {"name": "planted copies found", "group": "exact", "value": [1.0, 0.9, 1.0], "count": 20}
    unknown = {**test, "name": "power", "group": "", "value": [None, None, None]}
    tests = [{**test, "target": "all", "met": True}, {**unknown, "target": "at least 0.8", "met": False}]
    content = {"certificate": "not passed", "tests": tests, "not_run": [{"test": "own film", "why": "no masks"}]}
    (tmp_path / "certificate.json").write_text(json.dumps(content))
    write_csv(tmp_path / "certificate.json", tmp_path / "table.csv")
    assert read(tmp_path / "table.csv") == [
        ["test", "group", "value", "value, low", "value, high", "count", "target", "met"],
        ["planted copies found", "exact", "1.000", "0.900", "1.000", "20", "all", "yes"],
        ["power", "", "", "", "", "20", "at least 0.8", "no"],
        ["own film", "", "", "", "", "0", "no masks", "not run"],
    ]


def test_seconds_of_steps_are_listed_and_summed_without_those_not_run(tmp_path: Path) -> None:
    for name, seconds in (("set", "840"), ("masks", "60")):
        (tmp_path / f"{name}.seconds").write_text(f"{seconds}\n", encoding="utf-8")
    collect_seconds(["set", "evaluation", "masks"], tmp_path, tmp_path / "cost.csv")
    assert (tmp_path / "cost.csv").read_text(encoding="utf-8").split() == [
        "step,seconds",
        "set,840",
        "masks,60",
        "all,900",
    ]
