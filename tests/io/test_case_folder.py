# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Folders of cases made elsewhere: every layout is read, what is missing is None, what is broken is a fault."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from aurad_monai.errors import InputError
from aurad_monai.export.run_folder import RunRecord, write_run
from aurad_monai.io.case_folder import CaseFolder
from aurad_monai.io.datalist import save_channels, save_image
from aurad_monai.io.nifti_radiograph import read_nifti_radiograph
from aurad_monai.vocabulary import FINDING_NAMES, channel
from tests.conftest import ellipse_chest, plain_case

PICTURE = np.tile(np.linspace(0, 255, 256).astype(np.uint8), (256, 1))


def write_nifti(path: Path, values: np.ndarray) -> None:
    nib.loadsave.save(nib.nifti1.Nifti1Image(values, np.eye(4)), path)


def test_a_folder_of_everything(tmp_path: Path) -> None:
    save_image(tmp_path / "images/a.png", PICTURE)
    save_image(tmp_path / "images/b.png", PICTURE)
    save_channels(tmp_path / "anatomy/a.nii.gz", ellipse_chest())
    masks = np.zeros((len(FINDING_NAMES), 256, 256), np.uint8)
    masks[channel("mass"), 100:120, 50:90] = 1
    save_channels(tmp_path / "pathology/a.nii.gz", masks)
    save_image(tmp_path / "pathology/b/pleural thickening.png", masks[channel("mass")] * 255)
    (tmp_path / "prompts.csv").write_text("id,prompt\na,mass\n")
    first, second = (CaseFolder(tmp_path)[index] for index in range(2))
    assert (first.id, first.prompt, [item.name for item in first.findings.present]) == ("a", "mass", ["mass"])
    assert first.anatomy is not None and (first.anatomy == ellipse_chest()).all()
    assert first.pathology is not None and (first.pathology == masks).all()
    assert second.anatomy is None and second.prompt == "" and not second.requested.findings
    assert [item.name for item in second.findings.findings] == ["pleural_thickening"]  # the masks are the labels
    assert second.pathology is not None
    assert (second.pathology[channel("pleural_thickening")] == masks[channel("mass")]).all()
    assert first.source == "images/a.png" and not (first.fault or second.fault)


def test_images_in_the_folder_itself_of_any_kind(tmp_path: Path) -> None:
    save_image(tmp_path / "png.png", PICTURE)
    write_nifti(tmp_path / "nifti.nii.gz", PICTURE.T)
    images = [case.image for case in (CaseFolder(tmp_path)[0], CaseFolder(tmp_path)[1])]
    assert images[0] is not None and images[1] is not None
    np.testing.assert_allclose(images[0], images[1], atol=1e-6)


@pytest.mark.parametrize("name", ["x.png", "x.dcm", "x.nii.gz", "x.jpg"])
def test_a_broken_image_is_a_fault_and_no_crash(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"no picture")
    case = CaseFolder(tmp_path)[0]
    assert case.image is None and case.fault and case.id == "x"


@given(st.binary(min_size=1, max_size=80))
def test_any_bytes_as_mask_are_a_fault(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder = tmp_path_factory.mktemp("case")
    save_image(folder / "images/a.png", PICTURE)
    (folder / "pathology").mkdir()
    (folder / "pathology/a.nii.gz").write_bytes(content)
    assert "pathology" in CaseFolder(folder)[0].fault


def test_a_prompt_that_cannot_be_understood_is_a_fault(tmp_path: Path) -> None:
    save_image(tmp_path / "a.png", PICTURE)
    (tmp_path / "prompts.csv").write_text("id,prompt\na,purple elephants\n")
    assert "elephants" in CaseFolder(tmp_path)[0].fault


def test_folders_that_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="existing folder"):
        CaseFolder(tmp_path / "none")
    with pytest.raises(InputError, match="images"):
        CaseFolder(tmp_path)
    for name in ("a.png", "a.dcm"):
        (tmp_path / name).write_bytes(b"x")
    with pytest.raises(InputError, match="more than once"):
        CaseFolder(tmp_path)
    (tmp_path / "a.dcm").unlink()
    (tmp_path / "prompts.csv").write_text("name,text\na,b\n")
    with pytest.raises(InputError, match="columns id and prompt"):
        CaseFolder(tmp_path)


def test_bits_of_a_nifti_are_guessed_from_its_brightest(tmp_path: Path) -> None:
    for top, largest in ((1.0, 1.0), (255, 1.0), (1000, 1000 / 1023), (4095, 1.0)):
        write_nifti(tmp_path / "a.nii", np.linspace(0, top, 65 * 65, dtype=np.float32).reshape(65, 65))
        assert read_nifti_radiograph(tmp_path / "a.nii", 65).max() == pytest.approx(largest, abs=1e-4)


@pytest.mark.parametrize("values", [np.full((65, 65), -1.0), np.full((65, 65), np.nan), np.zeros((65, 65, 3))])
def test_other_nifti_is_refused(tmp_path: Path, values: np.ndarray) -> None:
    write_nifti(tmp_path / "a.nii", values.astype(np.float32))
    with pytest.raises(InputError):
        read_nifti_radiograph(tmp_path / "a.nii")


def test_a_run_is_read_as_one(tmp_path: Path) -> None:
    kept = plain_case("kept", image=np.full((1, 256, 256), 0.5, np.float32))
    lost = plain_case("lost", accepted=False, reasons=("effusion is not seen",))
    write_run(tmp_path / "run", [kept, lost], RunRecord("aurad generate", kept.prompt, 7, 2))
    cases = CaseFolder(tmp_path / "run")
    assert len(cases) == 2 and cases[0].prompt == kept.prompt
    assert cases[0].image is not None and cases[0].pathology is not None and not cases[0].fault
    assert cases[1].image is None and "effusion is not seen" in cases[1].fault


def test_a_mask_picture_that_is_empty_is_an_error(tmp_path: Path) -> None:
    save_image(tmp_path / "images/a.png", np.tile(np.arange(256, dtype=np.uint8), (256, 1)))
    for value, fault in ((0, "empty"), (1, ""), (255, "")):
        mask = np.zeros((256, 256), np.uint8)
        mask[100:120, 100:120] = value
        save_image(tmp_path / "pathology/a/effusion.png", mask)
        case = CaseFolder(tmp_path)[0]
        assert fault in case.fault and bool(case.fault) == bool(fault)
        assert fault or case.pathology is not None and case.pathology[channel("effusion")].sum() == 400


def test_a_speck_is_not_lost_when_a_mask_is_made_smaller(tmp_path: Path) -> None:
    Image.fromarray(np.tile(np.linspace(0, 255, 1024).astype(np.uint8), (1024, 1))).save(tmp_path / "a.png")
    mask = np.zeros((1024, 1024), np.uint8)
    mask[501:503, 301:303] = 255
    save_image(tmp_path / "pathology/a/nodule.png", mask)
    case = CaseFolder(tmp_path)[0]
    assert case.pathology is not None and case.pathology[channel("nodule"), 125, 75] == 1


def test_prompts_of_a_spreadsheet(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    save_image(tmp_path / "images/a.png", np.tile(np.arange(256, dtype=np.uint8), (256, 1)))
    (tmp_path / "prompts.csv").write_bytes("ID;Prompt\r\na;effusion\r\nb;mass\r\n".encode("utf-8-sig"))
    assert CaseFolder(tmp_path)[0].prompt == "effusion"
    assert "row without an image 1 (line 3: b)" in caplog.text
    (tmp_path / "prompts.csv").write_text("id,prompt\na,effusion\na,mass\n")
    with pytest.raises(InputError, match="line 3: a"):
        CaseFolder(tmp_path)


def test_masks_of_a_dicom_file_are_turned_with_it(tmp_path: Path) -> None:
    from tests.datasets.sources import trees

    stored = np.full((80, 96), 1000, np.uint16) + np.arange(96, dtype=np.uint16)
    stored[10:30, 5:25] = 4000
    trees.dicom(tmp_path / "images" / "1.2.3.4", stored=stored, PatientOrientation=["R", "F"], PixelSpacing=[0.2, 0.2])
    save_image(tmp_path / "pathology/1.2.3.4/nodule.png", (stored == 4000).astype(np.uint8) * 255)
    case = CaseFolder(tmp_path, 96)[0]
    assert case.image is not None and case.pathology is not None and not case.fault
    np.testing.assert_array_equal(case.pathology[channel("nodule")] > 0, case.image[0] > 0.9)
    assert case.spacing == pytest.approx(0.2)
