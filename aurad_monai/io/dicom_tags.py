# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""What the tags of a DICOM radiograph say of patient, film and spacing, without decoding a pixel.

In: a path or an open data set. Out: `Tags`, whose missing and malformed values are empty.
"""

from __future__ import annotations

import datetime
import math
import re
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pydicom
from pydicom.uid import DigitalXRayImageStorageForProcessing

from aurad_monai import vocabulary

WANTED = [
    "PatientID",
    "PatientSex",
    "PatientAge",
    "PatientBirthDate",
    "StudyDate",
    "Modality",
    "ImageType",
    "PresentationIntentType",
    "BodyPartExamined",
    "AnatomicRegionSequence",
    "StudyDescription",
    "SeriesDescription",
    "ProtocolName",
    "PerformedProcedureStepDescription",
    "AcquisitionDeviceProcessingDescription",
    "ViewPosition",
    "ViewCodeSequence",
    "PatientOrientation",
    "PixelSpacing",
    "ImagerPixelSpacing",
    "NominalScannedPixelSpacing",
    "EstimatedRadiographicMagnificationFactor",
    "PixelAspectRatio",
    "SOPClassUID",
    "BurnedInAnnotation",
    "RecognizableVisualFeatures",
]
DESCRIPTIONS = WANTED[10:15]
DAYS = {"D": 1.0, "W": 7.0, "M": 365.25 / 12, "Y": 365.25}
LARGEST_MAGNIFICATION = 3.0


@dataclass(frozen=True)
class Tags:
    """Tags of a radiograph; what is missing, malformed or outside the vocabulary is None or empty.

    Args:
        patient: PatientID.
        view: PA or AP.
        sex: female or male.
        age: whole years, of an adult or older child.
        spacing: mm from stored column to column and from row to row: of the patient, else of the detector by the
            magnification, else of the scanned film.
        burned_in: whether the tags say that text or a face is burned into the pixels.
        aspect: height of a stored pixel by its width, where no spacing says so.
        years: age at the study in years and their parts, of PatientAge in any unit, else of the date of birth.
        modality: such as DX.
        body_part: BodyPartExamined in capitals.
        region: meaning of AnatomicRegionSequence.
        intent: PresentationIntentType, else what the SOP class says: FOR PRESENTATION or FOR PROCESSING.
        image_type: values of ImageType.
        view_position: ViewPosition in capitals.
        view_code: meaning of ViewCodeSequence.
        orientation: PatientOrientation, as in ("L", "F").
        descriptions: what study, series, protocol, step and processing are called.
    """

    patient: str = ""
    view: str | None = None
    sex: str | None = None
    age: int | None = None
    spacing: tuple[float, float] | None = None
    burned_in: bool = False
    aspect: float = 1.0
    years: float | None = None
    modality: str = ""
    body_part: str = ""
    region: str = ""
    intent: str = ""
    image_type: tuple[str, ...] = ()
    view_position: str = ""
    view_code: str = ""
    orientation: tuple[str, ...] = ()
    descriptions: tuple[str, ...] = ()


def read_tags(path: str | Path) -> Tags:
    """The tags of a DICOM file; none of a file that cannot be read, which `read_dicom` will refuse by its reason."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pydicom warns of every value that breaks the standard
            return tags_of(pydicom.dcmread(path, stop_before_pixels=True, specific_tags=WANTED, force=True))
    except Exception:  # pydicom raises at least seven types on broken files
        return Tags()


def tags_of(dataset: pydicom.Dataset) -> Tags:
    """The tags of a data set that is open."""
    years = _years(dataset)
    whole = None if years is None else int(years)
    return Tags(
        patient=_text(dataset, "PatientID"),
        view=_view(dataset),
        sex={"F": "female", "M": "male"}.get(_text(dataset, "PatientSex").upper()),
        age=whole if whole and whole in vocabulary.RECORDED_AGES else None,
        spacing=_spacing(dataset),
        burned_in="YES" in {_text(dataset, name).upper() for name in WANTED[-2:]},
        aspect=_aspect(dataset),
        years=years,
        modality=_text(dataset, "Modality").upper(),
        body_part=_text(dataset, "BodyPartExamined").upper(),
        region=_meaning(dataset, "AnatomicRegionSequence"),
        intent=_intent(dataset),
        image_type=_texts(dataset, "ImageType"),
        view_position=_text(dataset, "ViewPosition").upper(),
        view_code=_meaning(dataset, "ViewCodeSequence"),
        orientation=_texts(dataset, "PatientOrientation"),
        descriptions=tuple(text for name in DESCRIPTIONS if (text := _text(dataset, name))),
    )


def _text(dataset: pydicom.Dataset, name: str) -> str:
    value = dataset.get(name, None)
    return "" if value is None else str(value).strip()


def _texts(dataset: pydicom.Dataset, name: str) -> tuple[str, ...]:
    value = dataset.get(name, None)
    values = [] if value is None else [value] if isinstance(value, str) else list(value)
    return tuple(str(part).strip().upper() for part in values)


def _meaning(dataset: pydicom.Dataset, name: str) -> str:
    """CodeMeaning of the first code of a sequence."""
    codes = dataset.get(name, None) or ()
    return next((str(code.get("CodeMeaning", "") or "").strip() for code in codes), "")


def _intent(dataset: pydicom.Dataset) -> str:
    said = _text(dataset, "PresentationIntentType").upper()
    of_class = "FOR PROCESSING" if _text(dataset, "SOPClassUID") == DigitalXRayImageStorageForProcessing else ""
    return said or of_class


def _years(dataset: pydicom.Dataset) -> float | None:
    age = re.fullmatch(r"0*(\d{1,3})([DWMY])", _text(dataset, "PatientAge").upper())
    if age:
        return int(age[1]) * DAYS[age[2]] / DAYS["Y"]
    born, studied = (_date(_text(dataset, name)) for name in ("PatientBirthDate", "StudyDate"))
    years = None if born is None or studied is None else (studied - born).days / DAYS["Y"]
    return years if years is not None and years >= 0 else None


def _date(text: str) -> datetime.date | None:
    try:
        return datetime.datetime.strptime(text.replace(".", ""), "%Y%m%d").date()
    except ValueError:
        return None


def _view(dataset: pydicom.Dataset) -> str | None:
    """ViewPosition, else the meaning of ViewCodeSequence (PS3.16 CID 4010)."""
    position = _text(dataset, "ViewPosition").upper()
    if position in vocabulary.VIEWS:
        return position
    for code in dataset.get("ViewCodeSequence", None) or ():
        meaning = re.sub(r"[^a-z]", "", str(code.get("CodeMeaning", "")).lower())
        if meaning in ("posteroanterior", "anteroposterior"):
            return "PA" if meaning.startswith("p") else "AP"
    return None


def _spacing(dataset: pydicom.Dataset) -> tuple[float, float] | None:
    """What is said of the patient counts before what is said of the detector."""
    factor = _number(dataset.get("EstimatedRadiographicMagnificationFactor", None))
    magnified = factor if factor is not None and 1.0 <= factor <= LARGEST_MAGNIFICATION else 1.0
    for name, scale in (("PixelSpacing", 1.0), ("ImagerPixelSpacing", magnified), ("NominalScannedPixelSpacing", 1.0)):
        pair = _pair(dataset, name)
        if pair is not None and max(pair) < 100:
            return pair[1] / scale, pair[0] / scale  # DICOM gives rows first
    return None


def _aspect(dataset: pydicom.Dataset) -> float:
    """PixelAspectRatio is vertical to horizontal (PS3.3 C.7.6.3.1.7)."""
    pair = _pair(dataset, "PixelAspectRatio")
    return 1.0 if pair is None else pair[0] / pair[1]


def _pair(dataset: pydicom.Dataset, name: str) -> tuple[float, float] | None:
    value = dataset.get(name, None)
    if value is None or isinstance(value, str) or not hasattr(value, "__len__") or len(value) != 2:
        return None
    first, second = (_number(number) for number in value)
    return None if first is None or second is None or min(first, second) <= 0 else (first, second)


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None
