# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""PadChest: the labels of its radiologists, and of a network where no radiologist read the report.

ROOT holds the PNG files, in the folders they are packed in or in one; the table of labels is taken from ROOT, else from
torchxrayvision's wheel, which also knows the files that are broken. Labels are matched as whole terms, since part of
"pseudonodule" is "nodule". The reports are Spanish word stems and are not read.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from aurad_monai import vocabulary
from aurad_monai.datasets.sources import xray_vision
from aurad_monai.datasets.sources.record import (
    Record,
    SourceFiles,
    known_age,
    known_sex,
    known_view,
    stem,
    without_doubt,
)

LABELS = "PADCHEST_chest_x_ray_images_labels_160K_01.02.19.csv"


def records(root: Path) -> Iterator[Record]:
    """One record for each listed frontal image that is there."""
    given = next((str(root / name) for name in (LABELS, f"{LABELS}.gz") if (root / name).is_file()), None)
    arguments = {"csvpath": given} if given else {}
    views = ["PA", "AP", "AP Supine"]
    listed = xray_vision.table("PC_Dataset", imgpath=str(root), views=views, unique_patients=False, **arguments)
    files = SourceFiles(root, (".png",))
    for row, _ in xray_vision.rows(listed):
        image = files.take(row["ImageID"])
        if image is not None:
            yield Record(
                id=stem(Path(row["ImageID"]).stem),
                image=image,
                patient=row["patientid"],
                view=known_view(row["view"]),
                sex=known_sex(row["PatientSex_DICOM"]),
                age=known_age(int(str(row["StudyDate_DICOM"])[:4]) - row["PatientBirth"]),
                labels=findings_of(row["Labels"]),
            )
    files.note_rest("image without a frontal row")


def findings_of(labels: str) -> dict[str, bool]:
    """Findings of a cell of the column Labels, a list as Python writes it; unreadable or excluded ones say nothing."""
    try:
        named = {str(label).strip() for label in ast.literal_eval(labels)}
    except (ValueError, SyntaxError):
        return {}
    if named & {"exclude", "suboptimal study", "unchanged"}:
        return {}
    covered = {term.name: term.codes["padchest"] for term in vocabulary.FINDINGS if "padchest" in term.codes}
    return without_doubt({name: bool(named & set(terms)) for name, terms in covered.items()}, named)
