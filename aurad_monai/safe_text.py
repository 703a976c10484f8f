# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Texts from outside in what we print and write: no escape reaches a terminal, no formula a spreadsheet.

Takes a text or the cells of a table; gives the same, harmless to whatever shows it.
"""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterable
from typing import Any, TextIO

FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""How a cell starts that a spreadsheet takes for a formula."""


def is_control(letter: str) -> bool:
    """Whether a letter steers a terminal or the direction of a line instead of being shown."""
    return unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")


def printable(text: str) -> str:
    """The text with every control character written out, such as `\\x1b`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(repr(letter)[1:-1] if is_control(letter) else letter for letter in text)


def cell(value: Any) -> Any:
    """A cell of a table: numbers as they are, texts without control characters and never a formula."""
    if not isinstance(value, str):
        return value
    text = printable(value)
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) and not _is_number(text) else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


class TableWriter:
    """A writer of CSV whose cells are harmless.

    Args:
        stream: an open text file.
        options: of `csv.writer`.
    """

    def __init__(self, stream: TextIO, **options: Any) -> None:
        self.writer = csv.writer(stream, **options)

    def writerow(self, row: Iterable[Any]) -> None:
        """Write one row."""
        self.writer.writerow([cell(value) for value in row])

    def writerows(self, rows: Iterable[Iterable[Any]]) -> None:
        """Write rows."""
        for row in rows:
            self.writerow(row)
