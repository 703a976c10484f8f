# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Tables as people and spreadsheets save them: CSV of any usual delimiter and encoding, read row by row.

In: a path and the columns that are needed. Out: rows with the line they begin in, or an error that names the line.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from aurad_monai.errors import InputError
from aurad_monai.files import read_bounded

DELIMITERS = (",", ";", "\t", "|")
MAX_BYTES = 512 * 2**20
MAX_CELL = 2**24
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


@dataclass(frozen=True)
class Row:
    """A row of a table.

    Args:
        line: of the file, from 1; a row with line breaks in its cells ends there.
        cells: column, in lower case, to text without spaces around it, "" where it is empty.
    """

    line: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column.lower(), "")


def read_table(path: str | Path, required: Collection[str] = (), argument: str = "table") -> list[Row]:
    """Read a table with a header.

    Delimiters are comma, semicolon, tab or bar, whichever gives the columns asked for. Encodings are UTF-8 and UTF-16
    with or without a byte order mark, and else Windows-1252, of which Latin-1 is a part. Columns are known whatever
    their case and the spaces around them. Rows of empty cells alone are no rows.

    Args:
        path: the file.
        required: columns that it must have.
        argument: what error messages call it.

    Raises:
        InputError: no such file, columns are missing or there twice, or a row has more cells than the header.
    """
    text = _decoded(path, argument)
    first, _, rest = text.partition("\n")
    if said := re.fullmatch(r"sep=(.)[ ,;]*", first, re.IGNORECASE):
        return _rows(path, rest, said[1], required, argument, skipped=1)
    found = {mark: _names(first, mark) for mark in DELIMITERS}
    fitting = [mark for mark, names in found.items() if {name.lower() for name in required} <= set(names)]
    delimiter = max(fitting or DELIMITERS, key=lambda mark: len(found[mark]))
    return _rows(path, text, delimiter, required, argument)


def _decoded(path: str | Path, argument: str) -> str:
    try:
        content = read_bounded(path, MAX_BYTES)
    except (OSError, ValueError) as error:
        allowed = f"a table of at most {MAX_BYTES} bytes that can be read"
        raise InputError(argument, path, allowed, "check its path", "unreadable table") from error
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), _unmarked(content))
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    if "\0" in text:
        raise InputError(argument, path, "a text file", "export it as CSV (UTF-8)", "unreadable table")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _unmarked(content: bytes) -> str:
    """Encoding of a file without a byte order mark: in UTF-16 each other byte of a Western header is zero."""
    head = content[:16]
    if len(head) > 1 and not any(head[1::2]):
        return "utf-16-le"
    return "utf-16-be" if len(head) > 1 and not any(head[::2]) else "utf-8"


def _names(line: str, delimiter: str) -> list[str]:
    """Columns of a header line, in lower case."""
    return [name.strip().lower() for name in next(csv.reader([line], delimiter=delimiter), [])]


def _rows(
    path: str | Path, text: str, delimiter: str, required: Collection[str], argument: str, skipped: int = 0
) -> list[Row]:
    limit = csv.field_size_limit(MAX_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        names = _columns(path, header, required, argument)
        return list(_checked(path, reader, names, argument, skipped))
    except csv.Error as error:
        value = f"{path}, line {reader.line_num + skipped}"
        step = "close its quotes, and double those within a cell"
        raise InputError(argument, value, f"a row of a CSV file ({error})", step, "unreadable table") from error
    finally:
        csv.field_size_limit(limit)


def _columns(path: str | Path, header: list[str], required: Collection[str], argument: str) -> list[str]:
    names = [name.lower() for name in header]
    if not {name.lower() for name in required} <= set(names):
        value = f"{path} with columns {', '.join(names) or 'none'}"
        allowed = f"a table with the column{'s' * (len(required) > 1)} {' and '.join(required)}"
        step = "name the columns in its first line, with commas or semicolons between"
        raise InputError(argument, value, allowed, step, "columns missing")
    if twice := sorted({name for name in names if name and names.count(name) > 1}):
        raise InputError(
            argument, f"{path} with two columns {twice[0]}", "a column once", "rename one", "columns twice"
        )
    return names


def _checked(
    path: str | Path, lines: Iterator[list[str]], names: list[str], argument: str, skipped: int
) -> Iterator[Row]:
    for cells in lines:
        given = [cell.strip() for cell in cells]
        while len(given) > len(names) and not given[-1]:
            given.pop()
        line = lines.line_num + skipped  # type: ignore[attr-defined]
        if len(given) > len(names):
            value = f"{path}, line {line}, with {len(given)} cells"
            step = "put a cell that holds the delimiter in double quotes"
            raise InputError(argument, value, f"the {len(names)} cells of its header", step, "cells beyond the header")
        if any(given):
            yield Row(line, dict(zip(names, given + [""] * (len(names) - len(given)), strict=True)))
