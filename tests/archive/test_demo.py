# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Synthetic patients say in every object that they are none, and are always the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pydicom
import pytest

from aurad_monai.case import Case
from aurad_monai.cli.main import main

highdicom = pytest.importorskip("highdicom")
from aurad_monai.archive.analyze import save  # noqa: E402
from aurad_monai.archive.demo import study_of  # noqa: E402
from aurad_monai.export.dicom_segmentation import Equipment  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")
EQUIPMENT = Equipment("0.1.0", "ab" * 32)


def test_a_study_is_synthetic_through_and_through(make_case: Callable[..., Case], tmp_path: Path) -> None:
    objects = study_of(make_case("p1"), 1, 7, EQUIPMENT)
    assert set(objects) == {"image", "lungs", "cardiomediastinum", "effusion", "cardiomegaly", "report"}
    save(objects, tmp_path)
    read = [pydicom.dcmread(path) for path in sorted(tmp_path.glob("*.dcm"))]
    assert {item.SyntheticData for item in read} == {"YES"}
    assert len({(item.PatientID, str(item.PatientName), item.StudyInstanceUID) for item in read}) == 1
    assert read[0].PatientID == "SYNTHETIC-7-000001" and str(read[0].PatientName).endswith("^Synthetic")
    report = highdicom.sr.srread(tmp_path / "report.dcm")
    located = {group.tracking_identifier for group in report.content.get_planar_roi_measurement_groups()}
    assert located == {"effusion", "cardiomegaly"}


def test_patients_are_always_the_same_and_differ(make_case: Callable[..., Case]) -> None:
    def patient(number: int, seed: int = 0) -> tuple[str, ...]:
        image = study_of(make_case(f"p{number}"), number, seed, EQUIPMENT)["image"]
        return str(image.PatientName), image.PatientBirthDate, image.StudyDate, image.SOPInstanceUID

    assert patient(3) == patient(3) != patient(4)
    assert patient(3) != patient(3, seed=1)


@pytest.mark.parametrize(
    ("words", "message"),
    [([], "--to ADDRESS or --output DIR"), (["--to", "x"], "dicom://"), (["--output", "o", "--num", "0"], "num")],
)
def test_what_cannot_be_done_is_one_line(words: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo-archive", *words]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.stress
def test_a_dry_run_fills_a_folder(tmp_path: Path) -> None:
    words = ["demo-archive", "--output", str(tmp_path / "out"), "--num", "2", "--size", "256", "--quality", "fast"]
    assert main(words) == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["p000000", "p000001"]
    assert len({pydicom.dcmread(path).PatientID for path in (tmp_path / "out").rglob("*.dcm")}) == 2
