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

from aurad_monai.io.dicom_tags import Tags, read_tags
from tests.io.test_dicom_file import DICOM_BYTES, HEADER, radiograph


def tags_of(folder: Path, **tags: Any) -> Tags:
    radiograph(**tags).save_as(folder / "image.dcm", enforce_file_format=True)
    return read_tags(folder / "image.dcm")


def test_everything_said(tmp_path: Path) -> None:
    said = {"PatientID": "P7", "PatientSex": "F", "PatientAge": "063Y", "PixelSpacing": [0.2, 0.1]}
    assert tags_of(tmp_path, **said) == Tags("P7", "PA", "female", 63, (0.1, 0.2), False)


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
