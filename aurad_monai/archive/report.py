# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""DICOM measurement report (TID 1500): each finding present, absent or indeterminate, by whom, and with what power.

Takes a DICOM image, observations and segmentations; gives a Comprehensive SR document of the same study.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from highdicom import sr
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from aurad_monai.archive.observe import ABSENT, PRESENT, UNKNOWN, Observation, Seen
from aurad_monai.export.dicom_segmentation import MAKER, MODEL, SCHEME, Equipment, Uid, finding_code, mark

STATES = {
    PRESENT: Code("52101004", "SCT", "Present"),
    ABSENT: Code("2667000", "SCT", "Absent"),
    UNKNOWN: Code("82334004", "SCT", "Indeterminate"),
}
PRESENCE = Code("705057003", "SCT", "Presence")
CHEST_RADIOGRAPHY = Code("399208008", "SCT", "Plain chest X-ray")
RATIO, COUNT = Code("{ratio}", "UCUM", "ratio"), Code("{count}", "UCUM", "count")
SQUARE_MM = Code("mm2", "UCUM", "square millimeter")
SCORE = Code("score", SCHEME, "Score of the expert")
THRESHOLD = Code("threshold", SCHEME, "Score above which the finding is present")
POWER = {
    "auroc": Code("auroc", SCHEME, "Power of the expert: area under its ROC curve"),
    "low": Code("auroc_low", SCHEME, "Power of the expert: lower end of the 95% interval"),
    "high": Code("auroc_high", SCHEME, "Power of the expert: upper end of the 95% interval"),
    "cases": Code("auroc_cases", SCHEME, "Power of the expert: cases with the finding"),
}
TITLE = codes.DCM.ImagingMeasurementReport


def make_report(
    source: Dataset, seen: Seen, segmentations: Mapping[str, Dataset], equipment: Equipment, uid: Uid, series: int
) -> Dataset:
    """A measurement report of one image.

    Args:
        source: the image.
        seen: observations, one a finding.
        segmentations: by finding; a present one with a segmentation refers to it.
        equipment: who observed.
        uid: of series, instance and observer.
        series: number of the series.
    """
    observer = sr.DeviceObserverIdentifyingAttributes(
        uid=uid("observer"), name=seen.expert, manufacturer_name=MAKER, model_name=MODEL
    )
    context = sr.ObservationContext(
        observer_device_context=sr.ObserverContext(
            observer_type=codes.DCM.Device, observer_identifying_attributes=observer
        )
    )
    content = sr.MeasurementReport(
        observation_context=context,
        procedure_reported=CHEST_RADIOGRAPHY,
        imaging_measurements=[
            _group(source, item, segmentations.get(item.name), seen.expert, equipment, uid)
            for item in seen.observations
        ],
        title=TITLE,
        referenced_images=[source] if source.get("ImagerPixelSpacing") and source.get("PatientOrientation") else None,
    )
    report = sr.ComprehensiveSR(
        evidence=[source, *segmentations.values()],
        content=content[0],
        series_instance_uid=uid("report series"),
        series_number=series,
        sop_instance_uid=uid("report"),
        instance_number=1,
        manufacturer=MAKER,
        is_complete=True,
        is_final=False,  # no person has read it
        is_verified=False,
        contributing_equipment=[equipment.contributing()],
    )
    report.SeriesDescription = "Findings (measurement report), for research"
    marked = mark(report, equipment)
    del marked.BurnedInAnnotation  # of images alone
    return marked


def _group(
    source: Dataset, item: Observation, segmentation: Dataset | None, expert: str, equipment: Equipment, uid: Uid
) -> Any:
    """The measurement group of one finding (TID 1410 where it was located, else TID 1501)."""
    shared: dict[str, Any] = {
        "tracking_identifier": sr.TrackingIdentifier(uid=uid(f"{item.name} tracking"), identifier=item.name),
        "finding_type": finding_code(item.name),
        "algorithm_id": sr.AlgorithmIdentification(name=expert, version=equipment.version),
        "qualitative_evaluations": [sr.QualitativeEvaluation(PRESENCE, STATES[item.state])],
    }
    measured = [*_figures(item), *_area(source, segmentation)]
    if segmentation is not None:
        region = _region(source, segmentation)
        return sr.PlanarROIMeasurementsAndQualitativeEvaluations(
            **shared, referenced_segment=region, measurements=measured or None
        )
    images = [sr.SourceImageForMeasurementGroup.from_source_image(source)]
    return sr.MeasurementsAndQualitativeEvaluations(**shared, source_images=images, measurements=measured or None)


def _region(source: Dataset, segmentation: Dataset) -> sr.ReferencedSegmentationFrame:
    """The one segment of an object; PS3.3 10.3 forbids a frame number beside a segment number."""
    image = sr.SourceImageForSegmentation.from_source_image(source)
    kind, instance = segmentation.SOPClassUID, segmentation.SOPInstanceUID
    region = sr.ReferencedSegmentationFrame(kind, instance, 1, 1, image)
    for item in region[0].ReferencedSOPSequence:
        if "ReferencedSegmentNumber" in item:
            del item.ReferencedFrameNumber
    return region


def _figures(item: Observation) -> Sequence[sr.Measurement]:
    """Score and threshold, and the power of the expert for this finding."""
    said: list[tuple[Code, float | None, Code]] = [(SCORE, item.score, RATIO), (THRESHOLD, item.threshold, RATIO)]
    if item.power is not None:
        said += [(POWER[name], getattr(item.power, name), RATIO) for name in ("auroc", "low", "high")]
        said += [(POWER["cases"], float(item.power.cases), COUNT)]
    return [sr.Measurement(name, round(value, 4), unit) for name, value, unit in said if value is not None]


def _area(source: Dataset, segmentation: Dataset | None) -> Sequence[sr.Measurement]:
    """Area of a segmentation, where the image says what a pixel of the patient spans."""
    spacing = source.get("PixelSpacing")
    if segmentation is None or not spacing:
        return []
    pixels = int(segmentation.pixel_array.sum())
    return [sr.Measurement(codes.SCT.Area, round(pixels * float(spacing[0]) * float(spacing[1]), 1), SQUARE_MM)]
