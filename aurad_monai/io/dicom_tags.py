# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""What the tags of a DICOM radiograph say of patient, view, sex, age and spacing, without decoding a pixel."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pydicom

from aurad_monai import vocabulary

WANTED = [
    "PatientID",
    "PatientSex",
    "PatientAge",
    "ViewPosition",
    "ViewCodeSequence",
    "PixelSpacing",
    "ImagerPixelSpacing",
    "BurnedInAnnotation",
    "RecognizableVisualFeatures",
]


@dataclass(frozen=True)
class Tags:
    """Tags of a radiograph; what is missing, malformed or outside the vocabulary is None or empty.

    Args:
        patient: PatientID.
        view: PA or AP.
        sex: female or male.
        age: whole years.
        spacing: mm from column to column and from row to row, of the patient or else of the detector.
        burned_in: whether the tags say that text or a face is burned into the pixels.
    """

    patient: str = ""
    view: str | None = None
    sex: str | None = None
    age: int | None = None
    spacing: tuple[float, float] | None = None
    burned_in: bool = False


def read_tags(path: str | Path) -> Tags:
    """The tags of a DICOM file; none of a file that cannot be read, which `read_dicom` will refuse by its reason."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pydicom warns of every value that breaks the standard
            return _tags(pydicom.dcmread(path, stop_before_pixels=True, specific_tags=WANTED, force=True))
    except Exception:  # pydicom raises at least seven types on broken files
        return Tags()


def _tags(dataset: pydicom.Dataset) -> Tags:
    said = {str(dataset.get(name, "") or "").strip().upper() for name in WANTED[-2:]}
    age = re.fullmatch(r"0*(\d{1,3})Y", str(dataset.get("PatientAge", "") or "").strip().upper())
    return Tags(
        patient=str(dataset.get("PatientID", "") or "").strip(),
        view=_view(dataset),
        sex={"F": "female", "M": "male"}.get(str(dataset.get("PatientSex", "") or "").strip().upper()),
        age=int(age[1]) if age and int(age[1]) in vocabulary.AGES else None,
        spacing=_spacing(dataset.get("PixelSpacing", None) or dataset.get("ImagerPixelSpacing", None)),
        burned_in="YES" in said,
    )


def _view(dataset: pydicom.Dataset) -> str | None:
    """ViewPosition, else the meaning of ViewCodeSequence (PS3.16 CID 4010)."""
    position = str(dataset.get("ViewPosition", "") or "").strip().upper()
    if position in vocabulary.VIEWS:
        return position
    for code in dataset.get("ViewCodeSequence", None) or ():
        meaning = re.sub(r"[^a-z]", "", str(code.get("CodeMeaning", "")).lower())
        if meaning in ("posteroanterior", "anteroposterior"):
            return "PA" if meaning.startswith("p") else "AP"
    return None


def _spacing(value: Any) -> tuple[float, float] | None:
    """DICOM gives rows first."""
    if value is None or len(value) != 2:
        return None
    down, across = (float(number) for number in value)
    return (across, down) if 0 < across < 100 and 0 < down < 100 else None
