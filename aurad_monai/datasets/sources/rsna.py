# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""RSNA Pneumonia Detection Challenge: radiologists' boxes of opacities, on images of NIH.

ROOT holds the DICOM files (stage_2_train_images/ID.dcm) or pictures of the same names anywhere below it.
stage_2_train_labels.csv is taken from ROOT, else from torchxrayvision's wheel.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from aurad_monai.datasets.marks import Outline, box
from aurad_monai.datasets.sources import xray_vision
from aurad_monai.datasets.sources.record import Record, SourceFiles, known_age, known_sex, known_view, stem

EXTENT = (1024.0, 1024.0)
LABELS = "stage_2_train_labels.csv"
SUFFIXES = (".dcm", ".png", ".jpg")


def records(root: Path) -> Iterator[Record]:
    """One record for each listed image that is there; "no opacity" declares consolidation absent."""
    given = {"csvpath": str(root / LABELS)} if (root / LABELS).is_file() else {}
    listed = xray_vision.table("RSNA_Pneumonia_Dataset", imgpath=str(root), views=["*"], **given)
    boxes: dict[str, list[Outline]] = defaultdict(list)
    for row in listed.raw_csv.dropna().itertuples():
        place = (row.x, row.y, row.x + row.width, row.y + row.height)
        boxes[row.patientId].append(box("consolidation", *place, EXTENT))
    files = SourceFiles(root, SUFFIXES, stems=True)
    for row, labels in xray_vision.rows(listed):
        name = row["patientId"]
        image = files.take(name)
        if image is not None:
            yield Record(
                id=stem(name),
                image=image,
                patient=name,
                view=known_view(row["view"]),
                sex=known_sex(row["PatientSex"]),
                age=known_age(row["PatientAge"]),
                labels={"consolidation": labels["Lung Opacity"] == 1},
                marks=tuple(boxes.get(name, ())),
            )
    files.note_rest()
