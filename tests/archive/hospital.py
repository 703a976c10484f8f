# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A DX image as a hospital's archive has it, and what experts could have seen in it."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import DigitalXRayImageStorageForPresentation, ExplicitVRLittleEndian

from aurad_monai import vocabulary
from aurad_monai.archive.observe import ABSENT, PRESENT, UNKNOWN, Observation, Power, Seen
from tests.conftest import ellipse_chest

ROWS, COLUMNS = 240, 200


@functools.cache
def generated_picture() -> Any:
    """(256, 256) in [0, 1]: a radiograph that looks like one, as experts ask for it."""
    from aurad_monai.generation.pipeline import Pipeline

    run = Pipeline.from_bundles(size=256)("normal", 1, 3, quality="fast", accept_all=True, progress=False)
    return np.asarray(run.cases[0].image)[0]


def write_radiograph(path: Path, picture: Any = None, **tags: Any) -> Path:
    """A frontal DX image of 12 bits, of a picture or drawn; `tags` replace or, where None, remove attributes."""
    rng = np.random.default_rng(0)
    lungs = ellipse_chest(256)[:2].any(axis=0)[8:248, 28:228]
    drawn = np.where(lungs, 0.22, 0.63) + rng.normal(0, 0.015, lungs.shape)
    pixels = np.rint(4095 * np.clip(drawn if picture is None else picture, 0, 1)).astype(np.uint16)
    image = Dataset()
    image.file_meta = FileMetaDataset()
    image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    image.SOPClassUID, image.SOPInstanceUID = DigitalXRayImageStorageForPresentation, "2.25.1001"
    image.StudyInstanceUID, image.SeriesInstanceUID = "2.25.1002", "2.25.1003"
    image.PatientName, image.PatientID, image.PatientSex, image.PatientBirthDate = "Doe^Jane", "42", "F", "19600101"
    image.StudyDate, image.StudyTime, image.StudyID, image.AccessionNumber = "20260105", "080000", "7", "A1"
    image.ReferringPhysicianName, image.Manufacturer = "", "Detectors"
    image.Modality, image.ViewPosition, image.BodyPartExamined = "DX", "PA", "CHEST"
    image.ImageType, image.PatientOrientation = ["ORIGINAL", "PRIMARY"], ["L", "F"]
    image.SeriesNumber, image.InstanceNumber = 1, 1
    image.Rows, image.Columns = pixels.shape
    image.SamplesPerPixel, image.PhotometricInterpretation, image.PixelRepresentation = 1, "MONOCHROME2", 0
    image.BitsAllocated, image.BitsStored, image.HighBit = 16, 12, 11
    image.ImagerPixelSpacing = image.PixelSpacing = [1.5, 1.5]
    image.PixelData = pixels.tobytes()
    for name, value in tags.items():
        if value is None:
            delattr(image, name)
        else:
            setattr(image, name, value)
    image.file_meta.MediaStorageSOPClassUID = image.SOPClassUID
    image.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save_as(path, enforce_file_format=True)
    return path


def seen_in_it() -> Seen:
    """An effusion and a consolidation that overlap, a nodule that nobody could locate, and findings not to be told."""
    chest = ellipse_chest(256)[:, 8:248, 28:228]
    masks = dict(zip(vocabulary.ANATOMY_NAMES, chest, strict=True))
    for name, rows in (("effusion", slice(150, 190)), ("consolidation", slice(140, 170))):
        masks[name] = np.zeros((ROWS, COLUMNS), np.uint8)
        masks[name][rows, 120:150] = 1
    masks["nodule"] = np.zeros((ROWS, COLUMNS), np.uint8)
    power = Power(0.88, 0.83, 0.93, 41)
    observations = [
        Observation(name, PRESENT, 0.9, 0.6, power)
        if name in masks
        else Observation(name, UNKNOWN, 0.2)
        if name == "calcification"
        else Observation(name, ABSENT, 0.1, 0.6, power)
        for name in vocabulary.FINDING_NAMES
    ]
    return Seen(tuple(observations), masks, "findings expert of tests 1.0")
