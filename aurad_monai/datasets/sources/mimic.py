# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""MIMIC-CXR-JPG: labels mined from reports, and the reports themselves where they lie beside them.

ROOT holds files/p10/p10000032/s50414267/ID.jpg, mimic-cxr-2.0.0-metadata.csv.gz and mimic-cxr-2.0.0-chexpert.csv.gz (or
-negbio), packed or not; the reports of MIMIC-CXR are files/p10/p10000032/s50414267.txt. Sex and age are not part of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from aurad_monai.datasets.sources import xray_vision
from aurad_monai.datasets.sources.record import Record, known_view, label_findings, need, pass_over, stem

RELEASES = ("2.0.0", "2.1.0")


def records(root: Path) -> Iterator[Record]:
    """One record for each listed frontal image that is there."""
    listed = xray_vision.table(
        "MIMIC_Dataset",
        imgpath=str(root / "files"),
        csvpath=str(need(root, _names("chexpert", "negbio"), "labels")),
        metacsvpath=str(need(root, _names("metadata"), "views")),
        views=["PA", "AP"],
        unique_patients=False,
    )
    for row, labels in xray_vision.rows(listed):
        subject, study = str(row["subject_id"]), str(row["study_id"])
        folder = root / "files" / f"p{subject[:2]}" / f"p{subject}"
        image = folder / f"s{study}" / f"{row['dicom_id']}.jpg"
        if not image.is_file():
            pass_over(image.relative_to(root).as_posix(), "row without an image")
        else:
            yield Record(
                id=stem(row["dicom_id"]),
                image=image,
                patient=subject,
                view=known_view(row["view"]),
                labels=label_findings(labels),
                report=folder / f"s{study}.txt",
            )


def _names(*kinds: str) -> list[str]:
    packed = ("csv.gz", "csv")
    return [f"mimic-cxr-{release}-{kind}.{end}" for kind in kinds for release in RELEASES for end in packed]
