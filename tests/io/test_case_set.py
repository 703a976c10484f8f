# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Sets by name: sections and kinds of a datalist, and of a run only what is part of its dataset."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from aurad_monai.errors import InputError
from aurad_monai.export.run_folder import RunRecord, write_run
from aurad_monai.io.case_set import has_masks, open_cases, patient_of, patients_of, read_patients
from aurad_monai.io.datalist import save_channels, save_image, write_datalist
from tests.conftest import ellipse_chest, plain_case

PICTURE = np.tile(np.linspace(0, 255, 256).astype(np.uint8), (256, 1))


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    save_image(tmp_path / "images/a.png", PICTURE)
    save_image(tmp_path / "images/b.png", PICTURE)
    save_channels(tmp_path / "anatomy/a.nii.gz", ellipse_chest())
    save_channels(tmp_path / "pathology/a.nii.gz", np.zeros((13, 256, 256), np.uint8))
    files = {"image": "images/a.png", "anatomy": "anatomy/a.nii.gz", "pathology": "pathology/a.nii.gz"}
    first = {"id": "a", **files, "kind": "normal", "view": "PA", "sex": "female", "age": 50, "patient": "p7"}
    write_datalist(tmp_path, [first, first, {"id": "b", "image": "images/b.png", "kind": "unknown"}], [first])
    return tmp_path


def test_sections_and_kinds(listed: Path) -> None:
    assert len(open_cases(str(listed), "training")) == 2  # what is listed twice counts once
    assert len(open_cases(f"{listed}:validation")) == len(open_cases(f"{listed}:training:unknown")) == 1
    assert len(open_cases(f"{listed}:training:unknown,normal")) == 2
    case = open_cases(f"{listed}:validation")[0]
    assert has_masks(case) and case.findings.age == 50 and case.image is not None and not case.fault
    assert not has_masks(open_cases(f"{listed}:training:unknown")[0])


def test_whose_a_film_is(listed: Path) -> None:
    first, second = open_cases(str(listed), "training")[0], open_cases(str(listed), "training")[1]
    (listed / "patients.csv").write_text("id;patient;age\nb;p7;50\na;;50\n")
    table = read_patients(listed / "patients.csv")
    assert read_patients(None) == {} and table == {"b": "p7"}
    assert patient_of(first, table) == patient_of(second, table) == "p7"
    assert patient_of(second, {}) == "case b"  # of its own
    assert patients_of(open_cases(str(listed), "training"), [1, 0], {}, "train") == ["train b", "p7"]
    (listed / "patients.csv").write_text("id,age\nb,50\n")
    with pytest.raises(InputError, match="columns id and patient"):
        read_patients(listed / "patients.csv")


@pytest.mark.parametrize("name", ["", ":test", ":training:boxed", ":validation:unknown"])
def test_what_is_not_there_is_refused(listed: Path, name: str) -> None:
    if not name:
        (listed / "datalist.json").write_text("[1]")
    with pytest.raises(InputError):
        open_cases(f"{listed}{name}", "training")


def test_a_file_that_cannot_be_read_is_a_fault(listed: Path) -> None:
    (listed / "pathology/a.nii.gz").write_bytes(b"torn")
    case = open_cases(f"{listed}:validation")[0]
    assert case.image is None and case.fault


def test_of_a_run_only_accepted_cases(tmp_path: Path) -> None:
    image = np.full((1, 256, 256), 0.5, np.float32)
    cases = [plain_case("kept", image=image), plain_case("lost", image=image, accepted=False, reasons=("no",))]
    write_run(tmp_path / "run", cases, RunRecord("aurad generate", "x", 7, 2), accept_all=True)
    found = open_cases(str(tmp_path / "run"))
    assert len(found) == 1 and found[0].id == "kept"
    write_run(tmp_path / "none", cases[1:], RunRecord("aurad generate", "x", 7, 2), accept_all=True)
    with pytest.raises(InputError, match="accepted"):
        open_cases(str(tmp_path / "none"))
