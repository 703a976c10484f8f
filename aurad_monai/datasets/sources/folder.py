# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Any folder of PNG and JPEG, with what the site knows of them in metadata.csv, if there is one.

Its columns, all but the first optional: image (path below ROOT), patient, view, sex, age, prompt (findings as
docs/reference/prompts.md has them), report (the radiologist's text).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path

from aurad_monai.datasets.sources.record import Record, id_of, known_age, known_sex, known_view, pass_over
from aurad_monai.errors import InputError
from aurad_monai.io.find_files import describe, find_files
from aurad_monai.io.table import Row, read_table

METADATA = "metadata.csv"
KINDS = ("png", "jpeg")
LATERAL = ("l", "ll", "rl", "lat", "lateral", "llat", "rlat", "lateral view")
UNSAID = ("", "u", "o", "unknown", "other", "nan", "none", "na", "n/a", "-", "?")
"""Cells that say nothing, by which nobody is misled."""


def records(root: Path) -> Iterator[Record]:
    """One record for each picture, or for each row of metadata.csv."""
    listed = (root / METADATA).is_file()
    found = find_files(root, (*KINDS, "dicom") if listed else KINDS, ignored=(METADATA,))
    for item in found.passed_over:
        pass_over(item.name, item.reason)
    if listed:
        yield from _listed(root, read_table(root / METADATA, ("image",), "root"), found.files)
        return
    if not found.files:
        held = f" ({describe(found.passed_over)})" if found.passed_over else ""
        raise InputError("root", f"{root}{held}", "a folder with PNG or JPEG files", "see docs/reference/prepare.md")
    for path in found.files:
        name = id_of(path, root)
        yield Record(name, path, patient=name)


def _listed(root: Path, rows: Sequence[Row], files: Sequence[Path]) -> Iterator[Record]:
    index, used = _Index(root, files), dict[Path, Row]()
    for row in rows:
        place = f"{METADATA}, line {row.line}"
        path = index.find(row["image"]) if row["image"] else None
        if path is None:
            named = f"{place}: {row['image']}" if row["image"] else place
            pass_over(named, "row without an image" if row["image"] else "row that names no image")
        elif path in used:
            _same(row, used[path], place)
        elif row["view"].lower() in LATERAL:
            used[path] = row
            pass_over(f"{place}: {row['image']}", "lateral")
        else:
            used[path] = row
            yield _record(root, path, row, place)
    for path in files:
        if path not in used:
            pass_over(path.relative_to(root).as_posix(), "image without a row")


def _same(row: Row, first: Row, place: str) -> None:
    """A row that says the same again is passed over; one that says something else is an error."""
    if row.cells != first.cells:
        allowed = f"one row an image (line {first.line} names it, too)"
        raise InputError("root", f"{place}: {row['image']}", allowed, "remove one of them", reason="id twice")
    pass_over(f"{place}: {row['image']}", "row twice")


def _record(root: Path, path: Path, row: Row, place: str) -> Record:
    name = id_of(path, root)
    known = {"view": known_view(row["view"]), "sex": known_sex(row["sex"]), "age": known_age(row["age"])}
    for column, value in known.items():
        if value is None and row[column].lower() not in UNSAID:
            pass_over(f"{place}, {column} '{row[column]}'", "cell not understood")
    return Record(
        id=name,
        image=path,
        patient=row["patient"] or name,
        view=known_view(row["view"]),
        sex=known_sex(row["sex"]),
        age=known_age(row["age"]),
        prompt=row["prompt"],
        report=row["report"],
    )


class _Index:
    """Files of a folder by what a table may call them: path with either slash, in any case, or without ending."""

    def __init__(self, root: Path, files: Sequence[Path]) -> None:
        self.root = root
        self._exact = {_key(path.relative_to(root).as_posix()): path for path in files}
        self._loose: dict[str, list[Path]] = {}
        for name, path in self._exact.items():
            for key in {name.casefold(), str(Path(name).with_suffix("")).casefold()}:
                self._loose.setdefault(key, []).append(path)

    def find(self, name: str) -> Path | None:
        """The file, or None where there is none, or several."""
        key = _key(name.replace("\\", "/")).removeprefix("./")
        if Path(key).is_absolute() and Path(key).is_relative_to(self.root):
            key = Path(key).relative_to(self.root).as_posix()
        if key in self._exact:
            return self._exact[key]
        loose = self._loose.get(key.casefold(), [])
        return loose[0] if len(loose) == 1 else None


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", name)
