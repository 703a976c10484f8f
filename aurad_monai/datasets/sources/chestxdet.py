# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""ChestX-Det: radiologists' polygons of all its findings, on images of NIH.

ROOT holds ChestX_Det_train.json and ChestX_Det_test.json, and the PNG files anywhere below it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aurad_monai import vocabulary
from aurad_monai.datasets.marks import Outline
from aurad_monai.datasets.sources.record import Record, SourceFiles, need, stem
from aurad_monai.errors import InputError
from aurad_monai.files import read_json

TABLES = ("ChestX_Det_train.json", "ChestX_Det_test.json")


def records(root: Path) -> Iterator[Record]:
    """One record for each listed image that is there; what it does not outline is absent."""
    need(root, TABLES, "polygons")
    files = SourceFiles(root, (".png",))
    for table in TABLES:
        for row in _rows(root / table) if (root / table).is_file() else ():
            image = files.take(row["file_name"])
            if image is not None:
                marks = tuple(_outlines(row))
                name = Path(row["file_name"]).stem
                yield Record(
                    id=stem(name),
                    image=image,
                    patient=name.split("_")[0],
                    labels=dict.fromkeys(vocabulary.FINDING_NAMES, False) | {mark.name: True for mark in marks},
                    marks=marks,
                )
    files.note_rest()


def _rows(path: Path) -> list[dict[str, Any]]:
    try:
        rows = read_json(path)
        if not all({"file_name", "syms", "polygons"} <= set(row) for row in rows):
            raise ValueError("a row without file_name, syms and polygons")
    except (OSError, ValueError, TypeError) as error:
        allowed = f"the list of file_name, syms, boxes and polygons as published ({error})"
        raise InputError("root", path, allowed, "download it again") from error
    return list(rows)


def _outlines(row: dict[str, Any]) -> Iterator[Outline]:
    for label, polygon in zip(row["syms"], row["polygons"], strict=True):
        for name in vocabulary.from_dataset(label, "chestxdet"):
            yield Outline(name, tuple((float(x), float(y)) for x, y in polygon))
