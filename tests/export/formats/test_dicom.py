# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""DICOM: pixels and overlapping masks come back, marks of synthesis are there, and validators and archives agree."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest

from aurad_monai import vocabulary
from aurad_monai.case import Case
from aurad_monai.io.dicom_file import read_dicom
from tests.orthanc import Archive, archive, ask

highdicom = pytest.importorskip("highdicom")
from aurad_monai.export.dicom_image import case_uids, make_image  # noqa: E402
from aurad_monai.export.dicom_segmentation import Equipment, label_of  # noqa: E402

__all__ = ["archive"]
pytestmark = pytest.mark.filterwarnings("ignore")
Write = Callable[[str], Path]
Cases = dict[str, Case]


@pytest.fixture
def exported(write: Write) -> Path:
    return write("dicom")


def test_the_image_comes_back(exported: Path, cases: Cases) -> None:
    for name, case in cases.items():
        image = pydicom.dcmread(exported / name / "image.dcm")
        assert np.array_equal(image.pixel_array, case.pixels)
        assert (image.SOPClassUID.name, image.ConversionType) == ("Secondary Capture Image Storage", "SYN")
        assert image.PatientOrientation == ["L", "F"]
    again = read_dicom(exported / name / "image.dcm")[0] if min(case.pixels.shape) >= 64 else None
    assert again is None or np.allclose(again * 255, case.pixels, atol=0.51)


def test_overlapping_masks_come_back(exported: Path, cases: Cases) -> None:
    names = (*vocabulary.ANATOMY_NAMES, *vocabulary.FINDING_NAMES)
    for name, case in cases.items():
        image = pydicom.dcmread(exported / name / "image.dcm")
        again = {label_of(known): np.zeros(case.pixels.shape, np.uint8) for known in names}
        for path in set((exported / name).glob("*.dcm")) - {exported / name / "image.dcm"}:
            seg = highdicom.seg.segread(path)
            masks = seg.get_pixels_by_source_instance([image.SOPInstanceUID])[0]
            assert seg.SegmentationType == "BINARY" and masks.sum(axis=-1).max() == 1
            for number in seg.segment_numbers:
                again[seg.get_segment_description(number).SegmentLabel] = masks[..., number - 1]
        assert np.array_equal(np.stack(list(again.values())), np.concatenate([case.anatomy, case.pathology]))


def test_everything_says_synthetic_and_names_the_weights(exported: Path, cases: Cases) -> None:
    uids = set()
    for path in exported.glob("*/*.dcm"):
        dataset = pydicom.dcmread(path)
        assert dataset.SyntheticData == "YES"
        (equipment,) = (
            item
            for item in dataset.ContributingEquipmentSequence
            if item.PurposeOfReferenceCodeSequence[0].CodeValue == "109100"
        )
        assert equipment.PurposeOfReferenceCodeSequence[0].CodingSchemeDesignator == "DCM"
        assert "weights sha256" in equipment.ContributionDescription
        assert dataset.ImageType[0] == "DERIVED"
        assert str(dataset.PatientName) == "Synthetic^Radiograph" and not dataset.PatientBirthDate
        uids.add(dataset.SOPInstanceUID)
        assert pydicom.uid.UID(dataset.SOPInstanceUID).is_valid
    assert len(uids) == len(list(exported.glob("*/*.dcm"))) > 2 * len(cases)


def test_image_and_segmentation_belong_together_and_stay_the_same(
    exported: Path, cases: Cases, run: object, tmp_path: Path
) -> None:
    name = next(iter(cases))
    other = next(path for path in sorted((exported / name).glob("*.dcm")) if path.stem != "image")
    image, seg = (pydicom.dcmread(path) for path in (exported / name / "image.dcm", other))
    assert image.StudyInstanceUID == seg.StudyInstanceUID and image.SeriesInstanceUID != seg.SeriesInstanceUID
    assert image.PatientID == seg.PatientID
    (series,) = seg.ReferencedSeriesSequence
    assert series.ReferencedInstanceSequence[0].ReferencedSOPInstanceUID == image.SOPInstanceUID
    again = make_image(cases[name], Equipment("0", "ab" * 32), case_uids(cases[name]))
    assert again.SOPInstanceUID == image.SOPInstanceUID


KNOWN = ("standard attribute - (0x0008,0x001c)",)
"""SyntheticData came into PS3.6 after the dictionary of Debian's dicom3tools was written."""


def test_dciodvfy_finds_no_error(exported: Path) -> None:
    if shutil.which("dciodvfy") is None:
        pytest.skip("dciodvfy (Debian's dicom3tools) is not installed")
    for path in sorted(exported.glob("*/*.dcm")):
        done = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True, timeout=60, check=False)
        errors = [line for line in done.stderr.splitlines() if line.startswith("Error")]
        errors = [line for line in errors if not any(known in line for known in KNOWN)]
        assert not errors, f"{path}: {errors}"


@pytest.mark.orthanc
def test_orthanc_takes_everything_by_rest_and_c_store(exported: Path, archive: Archive, cases: Cases) -> None:
    files = sorted(exported.glob("*/*.dcm"))
    for path in files[: len(files) // 2]:
        assert ask(archive, "instances", path.read_bytes())["Status"] == "Success"
    pynetdicom = pytest.importorskip("pynetdicom")
    entity = pynetdicom.AE()
    for context in {pydicom.dcmread(path).SOPClassUID for path in files}:
        entity.add_requested_context(context)
    association = entity.associate("127.0.0.1", archive.dicom)
    assert association.is_established
    statuses = [association.send_c_store(pydicom.dcmread(path)).Status for path in files]
    association.release()
    assert set(statuses) == {0}
    counted = ask(archive, "statistics")
    assert (counted["CountInstances"], counted["CountStudies"], counted["CountPatients"]) == (len(files), 8, 8)
