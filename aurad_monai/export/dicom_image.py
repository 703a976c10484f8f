# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""DICOM image of a case: Secondary Capture with conversion type SYN, which PS3.3 has for images no modality took.

Takes a finished case; gives a dataset. UIDs come from the case's id and pixels, so that exporting twice gives the same
study and not another patient's.
"""

from __future__ import annotations

import hashlib
import re
import uuid

import highdicom
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian

from aurad_monai.case import Case
from aurad_monai.export.dicom_segmentation import MAKER, Equipment, Uid, mark
from aurad_monai.export.provenance import SOURCE

SEXES = {"female": "F", "male": "M", None: None}


def make_image(case: Case, equipment: Equipment, uid: Uid) -> Dataset:
    """The radiograph, 8 bit MONOCHROME2, patient's right on the image's left."""
    findings = case.findings
    image = highdicom.sc.SCImage(
        pixel_array=case.pixels,
        photometric_interpretation="MONOCHROME2",
        bits_allocated=8,
        coordinate_system="PATIENT",
        patient_orientation=("L", "F"),
        study_instance_uid=uid("study"),
        series_instance_uid=uid("image series"),
        series_number=1,
        sop_instance_uid=uid("image"),
        instance_number=1,
        manufacturer=MAKER,
        patient_id=f"SYNTHETIC-{uid('study')[-12:]}",
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
    return mark(image, equipment)


def case_uids(case: Case) -> Uid:
    """Always the same UID for the same part of the same case."""
    digest = case.record.get("sha256", {}).get("image") or hashlib.sha256(case.pixels.tobytes()).hexdigest()

    def uid(part: str) -> str:
        name = f"aurad-monai/{case.id}/{digest}/{part}"
        return f"2.25.{uuid.uuid5(uuid.NAMESPACE_URL, name).int}"  # PS3.5 B.2

    return uid


def _ascii(text: str) -> str:
    return re.sub(r"[^ -~]", "?", text)
