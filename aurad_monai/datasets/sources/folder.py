# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Any folder of PNG and JPEG, with what the site knows of them in metadata.csv, if there is one.

Its columns, all but the first optional: image (path below ROOT), patient, view, sex, age, prompt (findings as
docs/reference/prompts.md has them), report (the radiologist's text).
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from aurad_monai.datasets.sources.record import Record, file_index, known_age, known_sex, known_view, stem
from aurad_monai.errors import InputError

METADATA = "metadata.csv"
SUFFIXES = (".png", ".jpg", ".jpeg")


def records(root: Path) -> Iterator[Record]:
    """One record for each picture, or for each row of metadata.csv."""
    if (root / METADATA).is_file():
        yield from _listed(root)
        return
    files = sorted(file_index(root, SUFFIXES).values())
    if not files:
        raise InputError(
            "root", root, f"a folder with pictures ({', '.join(SUFFIXES)})", "see docs/reference/prepare.md"
        )
    for path in sorted({*files, *(file for file in root.rglob("*") if file.suffix.lower() in SUFFIXES)}):
        name = stem("_".join(path.relative_to(root).with_suffix("").parts))
        yield Record(name, path, patient=name)


def _listed(root: Path) -> Iterator[Record]:
    with (root / METADATA).open(newline="", encoding="utf-8-sig") as lines:
        table = csv.DictReader(lines)
        if "image" not in (table.fieldnames or ()):
            raise InputError("root", root / METADATA, "a table with a column image", "see docs/reference/prepare.md")
        for row in table:
            name = stem("_".join(Path(row["image"]).with_suffix("").parts))
            yield Record(
                id=name,
                image=root / row["image"],
                patient=row.get("patient") or name,
                view=known_view(row.get("view")),
                sex=known_sex(row.get("sex")),
                age=known_age(row.get("age")),
                prompt=row.get("prompt") or "",
                report=row.get("report") or "",
            )
