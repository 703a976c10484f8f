# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The tables of measured results, one CSV file each.

Every file of docs/results/*.csv is a rectangle with a header and has one row in index.csv.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "docs/results"


def rows(file: Path) -> list[list[str]]:
    with file.open(newline="", encoding="utf-8") as stream:
        return list(csv.reader(stream))


TABLES = sorted(file.name for file in FOLDER.glob("*.csv") if file.name != "index.csv")


def test_the_index_lists_every_table_once_and_no_other() -> None:
    header, *listed = rows(FOLDER / "index.csv")
    assert header == ["csv", "what", "command", "weights"]
    assert [row[0] for row in listed] == TABLES
    assert all(row[1] for row in listed)


@pytest.mark.parametrize("name", TABLES)
def test_a_table_has_a_header_without_repeats_and_rows_of_its_length(name: str) -> None:
    header, *body = rows(FOLDER / name)
    assert all(header) and len(set(header)) == len(header)
    assert body and {len(row) for row in body} == {len(header)}
