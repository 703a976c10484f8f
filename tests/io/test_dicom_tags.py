# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Tags of a radiograph: what they say is read, and what they get wrong is unknown, never an error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.uid import DigitalXRayImageStorageForProcessing

from aurad_monai.io.dicom_tags import Tags, read_tags
from tests.io.test_dicom_file import DICOM_BYTES, HEADER, radiograph


def tags_of(folder: Path, **tags: Any) -> Tags:
    radiograph(**tags).save_as(folder / "image.dcm", enforce_file_format=True)
    return read_tags(folder / "image.dcm")


def test_everything_said(tmp_path: Path) -> None:
    said = {"PatientID": "P7", "PatientSex": "F", "PatientAge": "063Y", "PixelSpacing": [0.2, 0.1]}
    found = tags_of(tmp_path, **said)
    assert (found.patient, found.view, found.sex, found.age, found.spacing, found.burned_in) == (
        *("P7", "PA", "female", 63),
        (0.1, 0.2),
        False,
    )
    assert (found.modality, found.view_position, found.years) == ("DX", "PA", 63.0)


def test_what_a_gate_asks_for_is_kept(tmp_path: Path) -> None:
    region = pydicom.Dataset()
    region.CodeMeaning = "Chest"
    said: dict[str, Any] = {
        "BodyPartExamined": "chest",
        "AnatomicRegionSequence": [region],
        "PresentationIntentType": "FOR PROCESSING",
        "ImageType": ["DERIVED", "PRIMARY"],
        "PatientOrientation": ["L", "F"],
        "StudyDescription": "Thorax",
        "SeriesDescription": "lateral",
    }
    found = tags_of(tmp_path, **said)
    assert (found.body_part, found.region, found.intent) == ("CHEST", "Chest", "FOR PROCESSING")
    assert (found.image_type, found.orientation) == (("DERIVED", "PRIMARY"), ("L", "F"))
    assert found.descriptions == ("Thorax", "lateral")


def test_the_class_of_a_file_says_what_it_is_for(tmp_path: Path) -> None:
    raw = {"SOPClassUID": DigitalXRayImageStorageForProcessing}
    assert tags_of(tmp_path, **raw).intent == "FOR PROCESSING"
    assert tags_of(tmp_path, **raw, PresentationIntentType="FOR PRESENTATION").intent == "FOR PRESENTATION"


@pytest.mark.parametrize(
    ("tags", "years"),
    [
        ({"PatientAge": "018M"}, 1.5),
        ({"PatientAge": "003W"}, 0.0575),
        ({"PatientBirthDate": "20180601", "StudyDate": "20260601"}, 8.0),
        ({"PatientBirthDate": "20260601", "StudyDate": "20180601"}, None),
        ({"PatientBirthDate": "unknown", "StudyDate": "20180601"}, None),
    ],
)
def test_years_of_any_unit_or_of_the_date_of_birth(tmp_path: Path, tags: dict[str, Any], years: float | None) -> None:
    assert tags_of(tmp_path, **tags).years == (None if years is None else pytest.approx(years, abs=0.01))


def test_the_detector_is_farther_from_the_tube_than_the_patient(tmp_path: Path) -> None:
    said = {"ImagerPixelSpacing": [0.3, 0.3], "EstimatedRadiographicMagnificationFactor": 1.2}
    assert tags_of(tmp_path, **said).spacing == pytest.approx((0.25, 0.25))
    assert tags_of(tmp_path, **said, PixelSpacing=[0.2, 0.2]).spacing == (0.2, 0.2)


@pytest.mark.parametrize(("name", "value"), [("BurnedInAnnotation", "YES"), ("RecognizableVisualFeatures", "YES")])
def test_burned_in(tmp_path: Path, name: str, value: str) -> None:
    assert tags_of(tmp_path, **{name: value}).burned_in
    assert not tags_of(tmp_path, **{name: "NO"}).burned_in


def test_the_detector_says_the_spacing_where_the_patient_does_not(tmp_path: Path) -> None:
    assert tags_of(tmp_path, ImagerPixelSpacing=[0.3, 0.3]).spacing == (0.3, 0.3)


def test_view_code(tmp_path: Path) -> None:
    code = pydicom.Dataset()
    code.CodeMeaning = "antero-posterior"
    assert tags_of(tmp_path, ViewPosition="", ViewCodeSequence=[code]).view == "AP"


@pytest.mark.parametrize("tags", [{"PatientAge": "006M"}, {"PatientSex": "O"}, {"PixelSpacing": [0, -1]}])
def test_what_is_outside_the_vocabulary_is_unknown(tmp_path: Path, tags: dict[str, Any]) -> None:
    found = tags_of(tmp_path, **tags)
    assert (found.age, found.sex, found.spacing) == (None, None, None)


@settings(max_examples=150)
@given(
    changes=st.lists(st.tuples(st.integers(128, HEADER + 8), st.integers(0, 255)), min_size=1, max_size=8),
    cut=st.integers(1, 4 * len(DICOM_BYTES)),
)
def test_mutated_files_have_tags_or_none(tmp_path: Path, changes: list[tuple[int, int]], cut: int) -> None:
    mutated = bytearray(DICOM_BYTES)
    for place, value in changes:
        mutated[place] = value
    (tmp_path / "mutated.dcm").write_bytes(mutated[:cut])
    assert read_tags(tmp_path / "mutated.dcm").view in (None, "PA", "AP")
