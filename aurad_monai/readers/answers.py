# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Answers of readers, each on the disk before the next item is shown.

In: an answer. Out: the answers so far, of one reader or of all. They lie in STUDY/answers.sqlite.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from aurad_monai.errors import InputError
from aurad_monai.vocabulary import FINDING_NAMES

FILE = "answers.sqlite"
KINDS = ("real", "generated")
USES = ("yes", "partly", "no")
LONGEST = 2000
_CODE = re.compile(r"[A-Za-z0-9_-]{1,32}")


@dataclass(frozen=True)
class Answer:
    """What a reader said of an item; an empty text or 0 where it was not asked.

    Args:
        reader: code of the reader, no name.
        item: id of the item.
        judged: real or generated.
        confidence: 1 (a guess) to 5 (certain).
        finding: the one that the reader sees most of, or none.
        useful: whether the outline is clinically useful: yes, partly or no.
        note: free text.
        seconds: from the picture's appearance to the answer.
        at: when it came, UTC.
    """

    reader: str
    item: str
    judged: str = ""
    confidence: int = 0
    finding: str = ""
    useful: str = ""
    note: str = ""
    seconds: float = 0.0
    at: str = ""


COLUMNS = tuple(field.name for field in fields(Answer))


def checked_code(code: Any) -> str:
    """A reader's code; InputError where it is none."""
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        raise InputError("reader", code, "1 to 32 letters, digits, - and _", "agree on a code, no name")
    return code


def checked_answer(content: Mapping[str, Any], outlines: bool) -> Answer:
    """An answer as the page sends it, with every value checked.

    Args:
        content: the fields of `Answer` but `at`.
        outlines: whether only the use of the outline is asked.

    Raises:
        InputError: a value is missing or not allowed.
    """
    reader, item = checked_code(content.get("reader")), str(content.get("item", ""))
    note, seconds = str(content.get("note", ""))[:LONGEST], _seconds(content.get("seconds"))
    at = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
    if outlines:
        useful = _one_of("useful", content.get("useful"), USES)
        return Answer(reader, item, useful=useful, note=note, seconds=seconds, at=at)
    judged = _one_of("judged", content.get("judged"), KINDS)
    finding = _one_of("finding", content.get("finding"), ("none", *FINDING_NAMES))
    confidence = content.get("confidence")
    if isinstance(confidence, bool) or confidence not in (1, 2, 3, 4, 5):
        raise InputError("confidence", confidence, "1 to 5", "choose one")
    return Answer(reader, item, judged, int(confidence), finding, note=note, seconds=seconds, at=at)


def _one_of(name: str, value: Any, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise InputError(name, value, ", ".join(allowed), "choose one")
    return str(value)


def _seconds(value: Any) -> float:
    try:
        return min(max(float(value), 0.0), 86400.0)
    except (TypeError, ValueError):
        return 0.0


class Answers:
    """The answers of a study.

    Every call opens the file anew, so a killed server loses nothing and two servers do not disturb each other.

    Args:
        folder: of the study.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        columns = ", ".join(COLUMNS)
        with closing(self._open()) as file, file:
            file.execute(f"CREATE TABLE IF NOT EXISTS answers ({columns}, PRIMARY KEY (reader, item))")

    def _open(self) -> sqlite3.Connection:
        file = sqlite3.connect(self.path, timeout=30)
        file.execute("PRAGMA synchronous = FULL")
        return file

    def add(self, answer: Answer) -> bool:
        """Keep an answer; when this returns it is on the disk.

        Returns:
            False where this reader answered the item before: the first answer stays.
        """
        marks = ", ".join("?" * len(COLUMNS))
        with closing(self._open()) as file, file:
            done = file.execute(f"INSERT OR IGNORE INTO answers VALUES ({marks})", tuple(asdict(answer).values()))
            return done.rowcount == 1

    def of(self, reader: str | None = None) -> list[Answer]:
        """Answers in the order in which they came, of one reader or, for None, of all."""
        where, values = ("", ()) if reader is None else (" WHERE reader = ?", (reader,))
        with closing(self._open()) as file:
            rows = file.execute(f"SELECT {', '.join(COLUMNS)} FROM answers{where} ORDER BY at, rowid", values)
            return [Answer(*row) for row in rows]
