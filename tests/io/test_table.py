# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Whatever a spreadsheet writes is read back cell by cell, and nothing but InputError comes of other bytes."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aurad_monai.errors import InputError
from aurad_monai.io.table import read_table

CELL = st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n"), max_size=12).map(str.strip)


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(st.tuples(CELL, CELL, CELL), max_size=5),
    delimiter=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]),
    end=st.sampled_from(["\n", "\r\n"]),
    mark=st.booleans(),
)
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, str, str]],
    delimiter: str,
    encoding: str,
    end: str,
    mark: bool,
) -> None:
    path = tmp_path_factory.mktemp("table") / "a.csv"
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end)
    writer.writerows([("id", "prompt", "more"), *rows])
    path.write_bytes((f"sep={delimiter}{end}" * mark + text.getvalue()).encode(encoding))
    read = [tuple(row.cells.values()) for row in read_table(path, ("id", "prompt"))]
    assert read == [row for row in rows if any(row)]


def test_lines_are_those_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('id,report\n1,"two\nlines"\n\n2,one\n')
    assert [(row.line, row["id"], row["report"]) for row in read_table(tmp_path / "a.csv")] == [
        (3, "1", "two\nlines"),
        (5, "2", "one"),
    ]
    assert read_table(tmp_path / "a.csv")[0]["no such column"] == ""


@settings(max_examples=200, deadline=None)
@given(content=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: ("id,prompt\n" + text).encode()))
def test_other_bytes_are_one_line(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("table") / "a.csv"
    path.write_bytes(content)
    try:
        for row in read_table(path, ("id",)):
            assert row.line > 1
    except InputError as error:
        assert "\n" not in str(error)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="can be read"):
        read_table(tmp_path / "none.csv")
