# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""An open prompt, "AP view, 20-year-old woman", whose masks show an effusion: every way out says all of it.

Manifest, tables, DICOM, captions and the text of the PNG stated the prompt alone: no finding, and PA and Unknown.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from PIL import Image

from aurad_monai.case import Case
from aurad_monai.export.formats.format import ExportRun, open_export, open_format
from aurad_monai.export.formats.place import write_whole
from aurad_monai.export.run_folder import RunRecord, write_run
from aurad_monai.io.read_run import read_run
from aurad_monai.prompts.finding import ClinicalFindings
from aurad_monai.prompts.parse import parse
from aurad_monai.vocabulary import FINDING_NAMES, channel
from tests.conftest import ellipse_chest

SPACING = 420 / 256


@pytest.fixture
def case() -> Case:
    pathology = np.zeros((len(FINDING_NAMES), 256, 256), np.uint8)
    pathology[channel("effusion"), 180:205, 165:195] = 1
    return Case(
        "a-0",
        "woman",
        seed=7,
        requested=parse("woman"),
        resolved=ClinicalFindings((), "AP", "female", 20),
        anatomy=ellipse_chest(),
        pathology=pathology,
        image=np.full((1, 256, 256), 0.5, np.float32),
        spacing=SPACING,
    )


@pytest.fixture
def run(tmp_path: Path, case: Case) -> ExportRun:
    write_run(tmp_path / "run", [case], RunRecord(command="aurad generate x", prompt="woman", seed=7, num=1))
    return open_export(tmp_path / "run", validation=0)


def export(run: ExportRun, name: str, tmp_path: Path) -> Path:
    return write_whole(open_format(name), run, tmp_path / name)


def test_the_manifest_and_the_picture_itself(run: ExportRun, case: Case) -> None:
    (line,) = run.opened.lines()
    with Image.open(run.opened.root / "images" / "a-0.png") as picture:
        text = picture.text  # type: ignore[attr-defined]
    for stated in (line, json.loads(text["aurad"])):
        (effusion,) = stated["findings"]["findings"]
        assert (effusion["name"], effusion["laterality"], effusion["severity"]) == ("effusion", "left", "small")
        assert effusion["zone"] and stated["spacing"] == SPACING
        assert {key: stated["findings"][key] for key in ("view", "sex", "age")} == {
            "view": "AP",
            "sex": "female",
            "age": 20,
        }
        assert stated["requested"]["findings"] == [] and stated["requested"]["view"] is None
    assert text["Description"].startswith("AP chest radiograph of a 20-year-old woman: small left")
    (again,) = read_run(run.opened.root).cases
    assert (again.findings, again.requested, again.resolved) == (case.findings, case.requested, case.resolved)
    assert again.spacing == SPACING


def test_tables(run: ExportRun, tmp_path: Path) -> None:
    with (export(run, "chexpert", tmp_path) / "train.csv").open(newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert (row["Sex"], row["Age"], row["AP/PA"], row["Pleural Effusion"]) == ("Female", "20", "AP", "1.0")
    with (export(run, "nih", tmp_path) / "Data_Entry_2017.csv").open(newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert (row["Finding Labels"], row["Patient Age"], row["Patient Gender"]) == ("Effusion", "20", "F")
    assert row["View Position"] == "AP" and float(row["OriginalImagePixelSpacing[x"]) == SPACING


def test_dicom(run: ExportRun, tmp_path: Path) -> None:
    pytest.importorskip("highdicom")
    import pydicom

    folder = export(run, "dicom", tmp_path) / "a-0"
    image = pydicom.dcmread(folder / "image.dcm")
    assert (image.PatientSex, image.PatientAge, image.ViewPosition) == ("F", "020Y", "AP")
    assert [float(mm) for mm in image.PixelSpacing] == pytest.approx([SPACING, SPACING])
    assert "small left" in image.ImageComments
    masks = pydicom.dcmread(folder / "effusion.dcm")
    shared = masks.SharedFunctionalGroupsSequence[0]
    assert [float(mm) for mm in shared.PixelMeasuresSequence[0].PixelSpacing] == pytest.approx([SPACING] * 2, rel=1e-4)


def test_captions_and_volumes(run: ExportRun, tmp_path: Path, case: Case) -> None:
    entries = json.loads((export(run, "monai", tmp_path) / "datalist.json").read_text())["training"]
    assert entries[0]["caption"] == case.caption and entries[0]["findings"]["view"] == "AP"
    folder = export(run, "nifti", tmp_path) / "a-0"
    for name in ("image", "anatomy", "pathology"):
        assert nib.load(folder / f"{name}.nii.gz").header.get_zooms()[:2] == pytest.approx((SPACING, SPACING))
