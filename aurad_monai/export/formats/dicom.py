# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""DICOM: each case a study of a Secondary Capture image and a segmentation of it, marked as synthetic in every way.

Secondary Capture with conversion type SYN is what PS3.3 has for images that no modality took. UIDs come from the case's
id and pixels, so that exporting twice gives the same study and not another patient's.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import highdicom
import numpy as np
import numpy.typing as npt
from highdicom.seg import Segmentation, SegmentDescription
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.uid import ExplicitVRLittleEndian

from aurad_monai import vocabulary
from aurad_monai.case import Case
from aurad_monai.export.formats.format import ExportRun
from aurad_monai.export.provenance import SOURCE

MAKER, MODEL = "aurad-monai", "aurad-monai"
SCHEME = "99AURAD"
"""Coding scheme of terms for which vocabulary.py has no SNOMED CT code."""
SEXES = {"female": "F", "male": "M", None: None}
ANATOMY_CODES = {
    "left_lung": ("44029006", "SCT", "Left lung"),
    "right_lung": ("3341006", "SCT", "Right lung"),
    "cardiomediastinum": ("cardiomediastinum", SCHEME, "Cardiomediastinum"),
}
ABNORMAL = highdicom.sr.CodedConcept("49755003", "SCT", "Morphologically Abnormal Structure")
ANATOMICAL = highdicom.sr.CodedConcept("123037004", "SCT", "Anatomical Structure")


@dataclass(frozen=True)
class Equipment:
    """Equipment that made a case, in the words of the DICOM modules: software version and hash of the weights."""

    version: str
    weights: str

    @classmethod
    def of(cls, dataset: Mapping[str, Any]) -> Equipment:
        """Version, and one hash over the hashes of all weights."""
        weights: Mapping[str, str] = dataset.get("weights") or {}
        joined = "".join(f"{digest}  {name}\n" for name, digest in sorted(weights.items()))
        return cls(str(dataset.get("version", "unknown")), hashlib.sha256(joined.encode()).hexdigest())

    def contributing(self) -> highdicom.ContributingEquipment:
        """Synthesizing Equipment (109100, DCM)."""
        return highdicom.ContributingEquipment(
            MAKER,
            codes.DCM.SynthesizingEquipment,
            manufacturer_model_name=MODEL,
            software_versions=(self.version, f"sha256:{self.weights[:48]}"),
            device_serial_number=self.weights[:16],
            contribution_description=f"synthesized by a generative model; weights sha256 {self.weights}",
        )


def write(run: ExportRun, folder: Path) -> None:
    """ID/image.dcm and ID/segmentation.dcm; the latter only where there is something to segment."""
    equipment = Equipment.of(run.dataset)
    for case in run.cases("dicom"):
        place = folder / case.id
        place.mkdir()
        image = make_image(case, equipment)
        image.save_as(place / "image.dcm")
        if any(mask.any() for mask in case.masks):
            make_segmentation(case, image, equipment).save_as(place / "segmentation.dcm")


def make_image(case: Case, equipment: Equipment) -> Dataset:
    """The radiograph, 8 bit MONOCHROME2, patient's right on the image's left."""
    findings = case.findings
    image = highdicom.sc.SCImage(
        pixel_array=case.pixels,
        photometric_interpretation="MONOCHROME2",
        bits_allocated=8,
        coordinate_system="PATIENT",
        patient_orientation=("L", "F"),
        study_instance_uid=_uid(case, "study"),
        series_instance_uid=_uid(case, "image series"),
        series_number=1,
        sop_instance_uid=_uid(case, "image"),
        instance_number=1,
        manufacturer=MAKER,
        patient_id=f"SYNTHETIC-{_uid(case, 'study')[-12:]}",
        patient_name="Synthetic^Radiograph",
        patient_sex=SEXES[findings.sex],
        study_id="1",
        pixel_spacing=None if case.spacing is None else (case.spacing, case.spacing),
        transfer_syntax_uid=ExplicitVRLittleEndian,
        contributing_equipment=[equipment.contributing()],
    )
    image.Modality = "DX"
    image.ConversionType = "SYN"
    image.ImageType = ["DERIVED", "SECONDARY", "SYNTHETIC"]
    image.BodyPartExamined = "CHEST"
    image.SeriesDescription = "synthetic chest radiograph"
    image.DerivationDescription = f"{SOURCE}; seed {case.seed}; prompt {_ascii(case.prompt)}"[:1000]
    image.ImageComments = case.caption
    if findings.view is not None:
        image.ViewPosition = findings.view
    if findings.age is not None:
        image.PatientAge = f"{findings.age:03d}Y"
    return _mark(image, equipment)


def make_segmentation(case: Case, image: Dataset, equipment: Equipment) -> Dataset:
    """All structures and findings that have a pixel, as overlapping binary segments of the image."""
    names = (*vocabulary.ANATOMY_NAMES, *vocabulary.FINDING_NAMES)
    masks = np.concatenate(case.masks)
    drawn = [(name, mask) for name, mask in zip(names, masks, strict=True) if mask.any()]
    pixels: npt.NDArray[np.uint8] = np.stack([mask for _, mask in drawn], axis=-1)[None].astype(np.uint8)
    segmentation = Segmentation(
        source_images=[image],
        pixel_array=pixels,
        segmentation_type="BINARY",
        segment_descriptions=[_segment(number, name, equipment) for number, (name, _) in enumerate(drawn, start=1)],
        series_instance_uid=_uid(case, "segmentation series"),
        series_number=2,
        sop_instance_uid=_uid(case, "segmentation"),
        instance_number=1,
        manufacturer=MAKER,
        manufacturer_model_name=MODEL,
        software_versions=equipment.version,
        device_serial_number=equipment.weights[:16],
        content_label="SYNTHETIC_MASKS",
        content_description="masks that the radiograph was made from",
        content_creator_name="Aurad^Monai",
        contributing_equipment=[equipment.contributing()],
    )
    segmentation.PatientOrientation = list(image.PatientOrientation)
    segmentation.SeriesDescription = "masks of a synthetic chest radiograph"
    return _mark(segmentation, equipment)


def _segment(number: int, name: str, equipment: Equipment) -> SegmentDescription:
    category, code = (ANATOMICAL, ANATOMY_CODES[name]) if name in ANATOMY_CODES else (ABNORMAL, _finding_code(name))
    return SegmentDescription(
        segment_number=number,
        segment_label=name,
        segmented_property_category=category,
        segmented_property_type=highdicom.sr.CodedConcept(*code),
        algorithm_type="AUTOMATIC",
        algorithm_identification=highdicom.AlgorithmIdentificationSequence(
            MODEL, codes.DCM.ArtificialIntelligence, equipment.version
        ),
    )


def _finding_code(name: str) -> tuple[str, str, str]:
    term = vocabulary.finding(name)
    return (term.codes["snomed"][0], "SCT", term.label) if "snomed" in term.codes else (term.name, SCHEME, term.label)


def _mark(dataset: Dataset, equipment: Equipment) -> Dataset:
    """Marks of what has no patient."""
    dataset.SyntheticData = "YES"
    dataset.ManufacturerModelName = MODEL
    dataset.SoftwareVersions = equipment.version
    dataset.BurnedInAnnotation = "NO"
    return dataset


def _uid(case: Case, part: str) -> str:
    """Always the same for the same part of the same case."""
    name = f"aurad-monai/{case.id}/{case.record['sha256']['image']}/{part}"
    return f"2.25.{uuid.uuid5(uuid.NAMESPACE_URL, name).int}"  # PS3.5 B.2


def _ascii(text: str) -> str:
    return re.sub(r"[^ -~]", "?", text)
