# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""VinDr-CXR: boxes by three of seventeen readers on each image.

ROOT holds the DICOM files (train/ID.dicom) and annotations/annotations_train.csv (and _test.csv), or the Kaggle
challenge's train.csv; without one, that of torchxrayvision's wheel. A finding that at least two readers boxed is
present, one that none boxed is absent, and one that a single reader boxed is unknown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aurad_monai import vocabulary
from aurad_monai.datasets.marks import Outline, box
from aurad_monai.datasets.sources import xray_vision
from aurad_monai.datasets.sources.record import Record, SourceFiles, stem

LABELS = ("annotations/annotations_train.csv", "annotations/annotations_test.csv", "train.csv")
SUFFIXES = (".dicom", ".dcm", ".png", ".jpg")
MIN_READERS = 2
SINGLE = "annotations_test.csv"
"""The consensus of five readers, where one box counts."""


def records(root: Path) -> Iterator[Record]:
    """One record for each listed image that is there."""
    files = SourceFiles(root, SUFFIXES, stems=True)
    found: list[Path | None] = [root / name for name in LABELS if (root / name).is_file()]
    for table in found or [None]:
        given = {"csvpath": str(table)} if table else {}
        listed = xray_vision.table("VinDr_Dataset", imgpath=str(root), **given)
        least = 1 if table and table.name == SINGLE else MIN_READERS
        for name, rows in listed.rawcsv.groupby("image_id", sort=False):
            image = files.take(name)
            if image is not None:
                labels, marks = _read(rows.to_dict("records"), least)
                yield Record(id=stem(name), image=image, patient=str(name), labels=labels, marks=marks)
    files.note_rest()


def _read(rows: list[dict[str, Any]], least: int) -> tuple[dict[str, bool], tuple[Outline, ...]]:
    readers: dict[str, set[str]] = defaultdict(set)
    boxes: dict[str, list[Outline]] = defaultdict(list)
    broad: set[str] = set()
    for row in rows:
        names = vocabulary.from_dataset(_label(row["class_name"]), "vindr")
        if row["class_name"] in vocabulary.BROAD_LABELS:
            broad |= set(names)
            continue
        for name in names:
            readers[name].add(str(row.get("rad_id", "")))
            boxes[name].append(box(name, row["x_min"], row["y_min"], row["x_max"], row["y_max"]))
    covered = [term.name for term in vocabulary.FINDINGS if term.code("vindr")]
    present = {name for name, who in readers.items() if len(who) >= least}
    absent = {name for name in covered if name not in readers and name not in broad}
    marks = tuple(mark for name in sorted(present) for mark in boxes[name])
    return dict.fromkeys(sorted(present), True) | dict.fromkeys(sorted(absent), False), marks


def _label(name: str) -> str:
    """The class as the vocabulary spells it."""
    labels = [label for term in vocabulary.FINDINGS for label in term.codes.get("vindr", ())]
    spelled = {label.lower(): label for label in labels}
    return spelled.get(name.lower(), name)
