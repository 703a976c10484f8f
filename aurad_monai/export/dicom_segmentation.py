# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""DICOM segmentations of structures and findings, with the codes of both, and the equipment that made them.

Takes masks by name in the raster of a DICOM image; gives one binary SEG for both lungs, one for the cardiomediastinum
and one for each finding: viewers keep one segment a pixel, so what overlaps must not share an object.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import highdicom
import numpy as np
import numpy.typing as npt
from highdicom.seg import Segmentation, SegmentDescription
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from aurad_monai import vocabulary

MAKER, MODEL = "aurad-monai", "aurad-monai"
SCHEME = "99AURAD"
"""Coding scheme of terms for which vocabulary.py has no SNOMED CT code."""
ANATOMY_CODES = {
    "left_lung": ("44029006", "SCT", "Left lung"),
    "right_lung": ("3341006", "SCT", "Right lung"),
    "cardiomediastinum": ("cardiomediastin", SCHEME, "Cardiomediastinum"),
}
ABNORMAL = highdicom.sr.CodedConcept("49755003", "SCT", "Morphologically Abnormal Structure")
ANATOMICAL = highdicom.sr.CodedConcept("123037004", "SCT", "Anatomical Structure")
LUNGS = ("left_lung", "right_lung")
CONTENT_LABEL = CODE_VALUE = 16
"""Most letters of a content label, and of a code that is no LongCodeValue, which viewers do not read."""
NOMINAL = 1.0
"""Slice thickness in mm of a projection, which has no slices: readers refuse a pixel spacing without one."""

Mask = npt.NDArray[np.uint8]
Uid = Callable[[str], str]
"""From the name of a part to its UID, always the same."""


@dataclass(frozen=True)
class Equipment:
    """Equipment that made something, in the words of the DICOM modules: software version and hash of the weights.

    Args:
        version: of the software.
        weights: one sha256 over all weights.
        synthesized: whether the image itself was made, not only what is said of it.
    """

    version: str
    weights: str
    synthesized: bool = True

    @classmethod
    def of(cls, dataset: Mapping[str, Any]) -> Equipment:
        """Version, and one hash over the hashes of all weights."""
        return cls(str(dataset.get("version", "unknown")), weights_hash(dataset.get("weights") or {}))

    def contributing(self) -> highdicom.ContributingEquipment:
        """Synthesizing Equipment (109100, DCM), or Processing Equipment (109102, DCM) of others' images."""
        what = "synthesized by a generative model" if self.synthesized else "analyzed by neural networks, for research"
        purpose = codes.DCM.SynthesizingEquipment if self.synthesized else codes.DCM.ProcessingEquipment
        return highdicom.ContributingEquipment(
            MAKER,
            purpose,
            manufacturer_model_name=MODEL,
            software_versions=(self.version, f"sha256:{self.weights[:48]}"),
            device_serial_number=self.weights[:16],
            contribution_description=f"{what}; weights sha256 {self.weights}",
        )


def weights_hash(weights: Mapping[str, str]) -> str:
    """One hash over the hashes of weight files by name."""
    joined = "".join(f"{digest}  {name}\n" for name, digest in sorted(weights.items()))
    return hashlib.sha256(joined.encode()).hexdigest()


def finding_code(name: str) -> Code:
    """SNOMED CT code of a finding, or one of our own scheme where the vocabulary has none."""
    term = vocabulary.finding(name)
    return (
        Code(term.codes["snomed"][0], "SCT", term.label) if "snomed" in term.codes else Code(name, SCHEME, term.label)
    )


def label_of(name: str) -> str:
    """The words for a structure or finding."""
    return ANATOMY_CODES[name][2] if name in ANATOMY_CODES else vocabulary.finding(name).label


def groups(drawn: Mapping[str, Mask]) -> list[tuple[str, ...]]:
    """Names that share an object: both lungs do, unless they overlap; all others stand alone."""
    lungs = tuple(name for name in LUNGS if name in drawn)
    if len(lungs) < 2 or (drawn[lungs[0]] & drawn[lungs[1]]).any():
        return [(name,) for name in drawn]
    return [lungs, *((name,) for name in drawn if name not in LUNGS)]


def make_segmentations(
    source: Dataset, masks: Mapping[str, Mask], equipment: Equipment, uid: Uid, first_series: int = 2
) -> dict[str, Dataset]:
    """Segmentations of an image, by the name of their file without its ending; empty masks are left out.

    Args:
        source: the DICOM image.
        masks: structure or finding to (rows, columns) of the image, 0 and 1.
        equipment: who made them.
        uid: of series and instances.
        first_series: number of the first series; each object has a series of its own.
    """
    drawn = {name: np.asarray(mask, np.uint8) for name, mask in masks.items() if mask.any()}
    made: dict[str, Dataset] = {}
    for number, names in enumerate(groups(drawn), start=first_series):
        title = names[0] if len(names) == 1 else "lungs"
        made[title] = _segmentation(source, title, {name: drawn[name] for name in names}, equipment, uid, number)
    return made


def _segmentation(
    source: Dataset, title: str, masks: Mapping[str, Mask], equipment: Equipment, uid: Uid, number: int
) -> Dataset:
    segmentation = Segmentation(
        source_images=[source],
        pixel_array=np.stack(list(masks.values()), axis=-1)[None],
        segmentation_type="BINARY",
        segment_descriptions=[_segment(place, name, equipment) for place, name in enumerate(masks, start=1)],
        series_instance_uid=uid(f"{title} series"),
        series_number=number,
        sop_instance_uid=uid(title),
        instance_number=1,
        manufacturer=MAKER,
        manufacturer_model_name=MODEL,
        software_versions=equipment.version,
        device_serial_number=equipment.weights[:16],
        content_label=title.upper()[:CONTENT_LABEL],
        content_description="masks that the radiograph was made from" if equipment.synthesized else "found by experts",
        content_creator_name="Aurad^Monai",
        contributing_equipment=[equipment.contributing()],
    )
    for measures in segmentation.SharedFunctionalGroupsSequence[0].get("PixelMeasuresSequence") or ():
        if "SliceThickness" not in measures:
            measures.SliceThickness = NOMINAL
    if "PatientOrientation" in source:
        segmentation.PatientOrientation = source.PatientOrientation
    segmentation.SeriesDescription = f"{'Lungs' if title == 'lungs' else label_of(title)} (segmentation)"
    return mark(segmentation, equipment)


def _segment(number: int, name: str, equipment: Equipment) -> SegmentDescription:
    anatomical = name in ANATOMY_CODES
    code = highdicom.sr.CodedConcept(*(ANATOMY_CODES[name] if anatomical else finding_code(name)[:3]))
    return SegmentDescription(
        segment_number=number,
        segment_label=label_of(name),
        segmented_property_category=ANATOMICAL if anatomical else ABNORMAL,
        segmented_property_type=code,
        algorithm_type="AUTOMATIC",
        algorithm_identification=highdicom.AlgorithmIdentificationSequence(
            MODEL, codes.DCM.ArtificialIntelligence, equipment.version
        ),
    )


def mark(dataset: Dataset, equipment: Equipment, burned_in: bool = False) -> Dataset:
    """Who made it; and of what has no patient, that it is synthetic."""
    if equipment.synthesized:
        dataset.SyntheticData = "YES"
    dataset.ManufacturerModelName = MODEL
    dataset.SoftwareVersions = equipment.version
    dataset.BurnedInAnnotation = "YES" if burned_in else "NO"
    return dataset
