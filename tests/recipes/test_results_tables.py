# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The tables of measured results, one CSV file each, and the commands that make them.

Every file of docs/results/*.csv is a rectangle with a header and has one row in index.csv; commands there and in
recipes/results.yaml are understood by aurad, or name a module that is there.
"""

from __future__ import annotations

import csv
import importlib.util
import shlex
from pathlib import Path

import pytest
import yaml

from aurad_monai.cli.main import understand

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs/results"


def rows(file: Path) -> list[list[str]]:
    with file.open(newline="", encoding="utf-8") as stream:
        return list(csv.reader(stream))


TABLES = sorted(file.name for file in FOLDER.glob("*.csv") if file.name != "index.csv")


def test_the_index_lists_every_table_once_and_no_other() -> None:
    header, *listed = rows(FOLDER / "index.csv")
    assert header == ["csv", "what", "command", "weights"]
    assert sorted(row[0] for row in listed) == TABLES
    assert all(row[1] for row in listed) and {len(row) for row in listed} == {len(header)}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_has_a_header_without_repeats_and_rows_of_its_length(name: str) -> None:
    header, *body = rows(FOLDER / name)
    assert all(header) and len(set(header)) == len(header)
    assert body and {len(row) for row in body} == {len(header)}


def commands() -> list[str]:
    listed = [row[2] for row in rows(FOLDER / "index.csv")[1:] if row[2]]
    steps = yaml.safe_load((ROOT / "recipes/results.yaml").read_text(encoding="utf-8"))
    return list(dict.fromkeys([*listed, *(step["command"] for step in steps)]))


@pytest.mark.parametrize("command", commands())
def test_a_command_can_be_given(command: str) -> None:
    words = [word for word in shlex.split(command.replace("FINDING", "effusion").replace("TASK", "detection"))]
    words = words[1:] if "=" in words[0] else words
    if words[0] == "aurad":
        understand(words[1:])  # refuses unknown verbs, flags and values
    elif words[0] == "python":
        assert importlib.util.find_spec(words[2].partition(".__main__")[0]), words[2]
        assert all(Path(ROOT, word).exists() for word in words if word.startswith(("tests/", "recipes/")))
    else:
        assert words[0] in ("make", "nox")
