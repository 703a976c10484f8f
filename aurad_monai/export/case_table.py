# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A table of the cases that stands beside every export: who the patient is, the scale, the labels and the request.

In: cases as they pass. Out: cases.csv, a row for each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from aurad_monai.case import Case
from aurad_monai.safe_text import TableWriter

NAME = "cases.csv"
COLUMNS = ("id", "split", "view", "sex", "age", "spacing_mm", "present", "absent", "caption", "prompt", "seed")


@contextmanager
def case_table(path: Path, split_of: Callable[[str], str]) -> Iterator[Callable[[Case], None]]:
    """A function that adds a case to a table; a case that passes again is not added again.

    Args:
        path: the table; where the format has written a file of that name itself, that one stays.
        split_of: section of an id.
    """
    partial = path.with_name(f".{path.name}.partial")
    seen: set[str] = set()
    with partial.open("w", newline="", encoding="utf-8") as stream:
        table = TableWriter(stream)
        table.writerow(COLUMNS)

        def add(case: Case) -> None:
            if case.id not in seen:
                seen.add(case.id)
                table.writerow(_row(case, split_of(case.id)))

        yield add
    if path.exists():
        partial.unlink()
    else:
        partial.rename(path)


def patient(case: Case) -> dict[str, str | int | float | None]:
    """View, sex, age and mm a pixel of a case, None where not known, by the names that every export uses."""
    found = case.findings
    return {"view": found.view, "sex": found.sex, "age": found.age, "spacing": case.spacing}


def _row(case: Case, split: str) -> list[object]:
    known = ["" if value is None else value for value in patient(case).values()]
    found = (case.findings.present, case.findings.absent)
    labels = [";".join(dict.fromkeys(item.name for item in items)) for items in found]
    return [case.id, split, *known, *labels, case.caption, case.prompt, case.seed]
