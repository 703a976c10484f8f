# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""SEG, measurement report and outlined copy of a hospital's image, as other readers read them."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest

from aurad_monai import vocabulary

highdicom = pytest.importorskip("highdicom")
from aurad_monai.archive.analyze import make_objects, read_source, save, uids  # noqa: E402
from aurad_monai.archive.capture import outlined  # noqa: E402
from aurad_monai.archive.observe import ABSENT, PRESENT, Observation  # noqa: E402
from aurad_monai.archive.raster import to_stored  # noqa: E402
from aurad_monai.export.dicom_segmentation import Equipment  # noqa: E402
from aurad_monai.io.frame import frame_mask  # noqa: E402
from aurad_monai.io.geometry import Geometry  # noqa: E402
from tests.archive.hospital import COLUMNS, ROWS, seen_in_it, write_radiograph  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")
EQUIPMENT = Equipment("0.5.0", "ab" * 32, synthesized=False)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return read_source(write_radiograph(tmp_path_factory.mktemp("in") / "image"))


@pytest.fixture(scope="module")
def folder(source: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, seen = tmp_path_factory.mktemp("objects"), seen_in_it()
    picture = outlined(np.full((1, 256, 256), 0.5, np.float32), seen)
    save(make_objects(source, seen, picture, EQUIPMENT), folder)
    return folder


def test_one_object_a_finding_so_that_overlaps_are_kept(folder: Path, source: Any) -> None:
    masks = seen_in_it().masks
    names = {path.stem for path in folder.glob("*.dcm")}
    assert names == {"lungs", "cardiomediastinum", "effusion", "consolidation", "report", "outlined"}
    for name in ("effusion", "consolidation"):
        seg = highdicom.seg.segread(folder / f"{name}.dcm")
        (pixels,) = seg.get_pixels_by_source_instance([source.SOPInstanceUID])
        assert np.array_equal(pixels[..., 0], masks[name])
    lungs = highdicom.seg.segread(folder / "lungs.dcm")
    (pixels,) = lungs.get_pixels_by_source_instance([source.SOPInstanceUID])
    assert np.array_equal(pixels, np.stack([masks["left_lung"], masks["right_lung"]], axis=-1))


def test_segmentations_follow_the_rules_of_viewers(folder: Path, source: Any) -> None:
    """What OHIF and dcmqi ask for: one segment a pixel, numbers from 1, raster and study of the image, codes."""
    for path in (folder / f"{name}.dcm" for name in ("lungs", "cardiomediastinum", "effusion", "consolidation")):
        seg = pydicom.dcmread(path)
        assert (seg.Modality, seg.SegmentationType, seg.BitsAllocated) == ("SEG", "BINARY", 1)
        assert (seg.Rows, seg.Columns) == (ROWS, COLUMNS) and seg.StudyInstanceUID == source.StudyInstanceUID
        (series,) = seg.ReferencedSeriesSequence
        assert series.SeriesInstanceUID == source.SeriesInstanceUID != seg.SeriesInstanceUID
        assert series.ReferencedInstanceSequence[0].ReferencedSOPInstanceUID == source.SOPInstanceUID
        assert [item.SegmentNumber for item in seg.SegmentSequence] == list(range(1, len(seg.SegmentSequence) + 1))
        frames = seg.pixel_array.reshape(-1, ROWS, COLUMNS)
        assert frames.sum(axis=0).max() == 1 and len(frames) == len(seg.SegmentSequence)
        for frame in seg.PerFrameFunctionalGroupsSequence:
            (derived,) = frame.DerivationImageSequence
            assert derived.SourceImageSequence[0].ReferencedSOPInstanceUID == source.SOPInstanceUID
        for segment in seg.SegmentSequence:
            assert segment.SegmentAlgorithmType == "AUTOMATIC" and segment.SegmentAlgorithmName
            for codes in (segment.SegmentedPropertyCategoryCodeSequence, segment.SegmentedPropertyTypeCodeSequence):
                assert codes[0].CodeValue and codes[0].CodingSchemeDesignator and codes[0].CodeMeaning
        assert not seg.get("SyntheticData") and seg.PatientName == source.PatientName


def states(report: Any) -> dict[str, tuple[str, str]]:
    """Finding to the code of its presence and the kind of its measurement group."""
    found = {}
    groups = (*report.content.get_planar_roi_measurement_groups(), *report.content.get_image_measurement_groups())
    for group in groups:
        (said,) = group.get_qualitative_evaluations()
        found[group.tracking_identifier] = (said.value.value, type(group).__name__)
    return found


def test_the_report_codes_every_finding(folder: Path, source: Any) -> None:
    report = highdicom.sr.srread(folder / "report.dcm")
    found = states(report)
    assert set(found) == set(vocabulary.FINDING_NAMES)
    assert found["effusion"] == ("52101004", "PlanarROIMeasurementsAndQualitativeEvaluations")
    assert found["nodule"] == ("52101004", "MeasurementsAndQualitativeEvaluations")  # present, nobody knows where
    assert found["mass"][0] == "2667000" and found["calcification"][0] == "82334004"
    assert (report.CompletionFlag, report.PreliminaryFlag, report.VerificationFlag) == (
        "COMPLETE",
        "PRELIMINARY",
        "UNVERIFIED",
    )
    (group,) = (g for g in report.content.get_planar_roi_measurement_groups() if g.tracking_identifier == "effusion")
    figures = {item.name.value: float(item.value) for item in group.get_measurements()}
    assert figures == {
        "score": 0.9, "threshold": 0.6, "auroc": 0.88, "auroc_low": 0.83, "auroc_high": 0.93, "auroc_cases": 41.0,
        "42798000": 40 * 30 * 1.5**2,
    }  # fmt: skip
    reference = group.reference_type
    assert reference.value and group.finding_type.value == "60046008"
    text = report.to_json()
    assert "findings expert of tests 1.0" in text and "0.5.0" in text


def test_the_report_has_what_viewers_hydrate(folder: Path) -> None:
    """OHIF: template 1500 of DCMR, the container Imaging Measurements, in it groups with tracking identifiers."""
    report = pydicom.dcmread(folder / "report.dcm")
    template = report.ContentTemplateSequence[0]
    assert (template.MappingResource, template.TemplateIdentifier) == ("DCMR", "1500")
    names = {
        item.ConceptNameCodeSequence[0].CodeValue: item
        for item in report.ContentSequence
        if "ConceptNameCodeSequence" in item
    }
    groups = names["126010"].ContentSequence
    assert len(groups) == len(vocabulary.FINDING_NAMES)
    for group in groups:
        assert group.ConceptNameCodeSequence[0].CodeValue == "125007"
        assert {"112039", "112040", "121071"} <= {
            item.ConceptNameCodeSequence[0].CodeValue for item in group.ContentSequence
        }
    segments = {pydicom.dcmread(folder / f"{name}.dcm").SOPInstanceUID for name in ("effusion", "consolidation")}
    evidence = {
        item.ReferencedSOPInstanceUID
        for study in report.CurrentRequestedProcedureEvidenceSequence
        for series in study.ReferencedSeriesSequence
        for item in series.ReferencedSOPSequence
    }
    assert segments < evidence


def test_the_copy_shows_outlines_and_says_so(folder: Path, source: Any) -> None:
    copy = pydicom.dcmread(folder / "outlined.dcm")
    assert (copy.SOPClassUID.name, copy.BurnedInAnnotation) == ("Secondary Capture Image Storage", "YES")
    assert copy.SourceImageSequence[0].ReferencedSOPInstanceUID == source.SOPInstanceUID
    pixels = copy.pixel_array.reshape(-1, 3)
    for name in ("effusion", "consolidation"):
        assert (pixels == vocabulary.finding(name).color).all(axis=-1).sum() > 20, name


def test_objects_stay_the_same_and_change_with_the_weights(source: Any) -> None:
    same, other = uids(source, EQUIPMENT), uids(source, replace(EQUIPMENT, weights="cd" * 32))
    assert same("report") == uids(source, EQUIPMENT)("report") != other("report")
    assert len({same(part) for part in ("report", "report series", "effusion")}) == 3


def test_dciodvfy_finds_no_error(folder: Path) -> None:
    if shutil.which("dciodvfy") is None:
        pytest.skip("dciodvfy (Debian's dicom3tools) is not installed")
    for path in sorted(folder.glob("*.dcm")):
        done = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True, timeout=60, check=False)
        assert not [line for line in done.stderr.splitlines() if line.startswith("Error")], path.name


def test_a_normal_radiograph_has_a_report_too(source: Any, tmp_path: Path) -> None:
    seen = seen_in_it()
    masks = {name: mask for name, mask in seen.masks.items() if name in vocabulary.ANATOMY_NAMES}
    absent = replace(
        seen, observations=tuple(Observation(n, ABSENT, 0.1, 0.6) for n in vocabulary.FINDING_NAMES), masks=masks
    )
    objects = make_objects(source, absent, outlined(np.zeros((1, 64, 64), np.float32), absent), EQUIPMENT)
    assert set(objects) == {"lungs", "cardiomediastinum", "report", "outlined"}
    save(objects, tmp_path)
    assert {state for state, _ in states(highdicom.sr.srread(tmp_path / "report.dcm")).values()} == {"2667000"}
    assert not any(item.state == PRESENT for item in absent.observations)


@pytest.mark.parametrize("aspect", [1.0, 1.5])
@pytest.mark.parametrize("transpose", [False, True])
@pytest.mark.parametrize("mirror_x", [False, True])
@pytest.mark.parametrize("mirror_y", [False, True])
def test_masks_go_back_the_way_the_image_came(transpose: bool, mirror_x: bool, mirror_y: bool, aspect: float) -> None:
    rows, columns, geometry = 300, 220, Geometry(transpose, mirror_x, mirror_y, aspect)
    stored = np.zeros((rows, columns), np.uint8)
    stored[40:120, 30:90] = 1
    stored[200:230, 150:200] = 1
    back = to_stored(frame_mask(geometry.shown(stored) >= 0.5, 256), rows, columns, geometry)
    assert back.shape == stored.shape
    assert (back & stored).sum() / (back | stored).sum() > 0.93
