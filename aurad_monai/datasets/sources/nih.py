# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""NIH ChestX-ray14: text-mined labels, and radiologists' boxes on 880 of its images.

ROOT holds the PNG files anywhere below it (images_001/images/..., or all in one folder). Data_Entry_2017_v2020.csv and
BBox_List_2017.csv are taken from ROOT, else from torchxrayvision's wheel.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from aurad_monai import vocabulary
from aurad_monai.datasets.marks import Outline, box
from aurad_monai.datasets.refine_boxes import BOX_FINDINGS
from aurad_monai.datasets.sources import xray_vision
from aurad_monai.datasets.sources.record import (
    Record,
    SourceFiles,
    known_age,
    known_sex,
    known_view,
    label_findings,
    stem,
)

EXTENT = (1024.0, 1024.0)
LABELS = ("Data_Entry_2017_v2020.csv", "Data_Entry_2017.csv")
BOXES = "BBox_List_2017.csv"


def records(root: Path) -> Iterator[Record]:
    """One record for each listed image that is there."""
    given = {"csvpath": next((root / name for name in LABELS if (root / name).is_file()), None)}
    given["bbox_list_path"] = root / BOXES if (root / BOXES).is_file() else None
    tables = {name: str(path) for name, path in given.items() if path}
    listed = xray_vision.table("NIH_Dataset", imgpath=str(root), views=["*"], unique_patients=False, **tables)
    boxes: dict[str, list[Outline]] = defaultdict(list)
    for row in listed.pathology_maskscsv.itertuples():
        for name in _findings(row._2):
            boxes[row._1].append(box(name, row.x, row.y, row.x + row.w, row.y + row.h, EXTENT))
    files = SourceFiles(root, (".png",))
    for row, labels in xray_vision.rows(listed):
        image = files.take(row["Image Index"])
        if image is None:
            continue
        marks = tuple(boxes.get(row["Image Index"], ()))
        yield Record(
            id=stem(Path(row["Image Index"]).stem),
            image=image,
            patient=row["patientid"],
            view=known_view(row["view"]),
            sex=known_sex(row["Patient Gender"]),
            age=known_age(row["Patient Age"]),
            labels=label_findings(labels) | {mark.name: True for mark in marks},
            marks=marks,
        )
    files.note_rest()


def _findings(label: str) -> tuple[str, ...]:
    """What a box of this label marks; torchxrayvision calls "Infiltrate" of the boxes "Infiltration"."""
    marked = BOX_FINDINGS.get({"Infiltration": "Infiltrate"}.get(label, label))
    return (marked,) if marked else vocabulary.from_dataset(label, "nih")
