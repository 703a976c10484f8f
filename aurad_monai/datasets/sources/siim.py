# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""SIIM-ACR Pneumothorax Segmentation: radiologists' outlines of pneumothorax.

ROOT holds the DICOM files anywhere below it. train-rle.csv (or stage_2_train.csv) is taken from ROOT, else from
torchxrayvision's wheel. View, sex and age are in the DICOM tags.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from aurad_monai.datasets.marks import Runs
from aurad_monai.datasets.sources import xray_vision
from aurad_monai.datasets.sources.record import Record, SourceFiles, stem
from aurad_monai.io.dicom_tags import read_tags

SHAPE = (1024, 1024)
LABELS = ("train-rle.csv", "stage_2_train.csv")
CODE = " EncodedPixels"


def records(root: Path) -> Iterator[Record]:
    """One record for each listed image that is there; an image may have several outlines, one a row."""
    given = next((str(root / name) for name in LABELS if (root / name).is_file()), None)
    listed = xray_vision.table("SIIM_Pneumothorax_Dataset", imgpath=str(root), **({"csvpath": given} if given else {}))
    files = SourceFiles(root, (".dcm",))
    for name, rows in listed.csv.groupby("ImageId", sort=False):
        path = files.take(f"{name}.dcm")
        if path is None:
            continue
        codes = [code.strip() for code in rows[CODE] if code.strip() not in ("-1", "")]
        tags = read_tags(path)
        yield Record(
            id=stem(name),
            image=path,
            patient=tags.patient or str(name),
            view=tags.view,
            sex=tags.sex,
            age=tags.age,
            labels={"pneumothorax": bool(codes)},
            marks=tuple(Runs("pneumothorax", code, SHAPE, by_column=True, relative=True) for code in codes),
        )
    files.note_rest()
