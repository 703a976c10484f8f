# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Synthetic patients for people who test software: a study each, with image, segmentations and measurement report.

Takes finished cases; gives DICOM objects that say in every way that no patient is behind them.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset
from tqdm import tqdm

from aurad_monai import __version__
from aurad_monai.archive.analyze import save
from aurad_monai.archive.observe import truth_of
from aurad_monai.archive.report import make_report
from aurad_monai.case import Case
from aurad_monai.export.dicom_image import case_uids, make_image
from aurad_monai.export.dicom_segmentation import Equipment, make_segmentations, weights_hash
from aurad_monai.generation.pipeline import Pipeline
from aurad_monai.generation.settings import Settings
from aurad_monai.request.streams import Stream, generator

PROMPTS = (
    "normal",
    "left pleural effusion",
    "cardiomegaly",
    "right lower consolidation",
    "small left pneumothorax",
    "normal",
    "bilateral pleural effusion and cardiomegaly",
    "right upper nodule",
    "left mass",
    "bilateral emphysema",
)
"""What the patients have, in turn."""
FAMILIES = (
    "Abel",
    "Berg",
    "Costa",
    "Dahl",
    "Eder",
    "Faro",
    "Gold",
    "Hahn",
    "Ito",
    "Jung",
    "Kern",
    "Lund",
    "Mora",
    "Noor",
)
GIVEN = {"female": ("Ada", "Eva", "Ida", "Lea", "Mia"), "male": ("Ben", "Jan", "Leo", "Max", "Tom")}
FIRST_DAY = datetime.date(2020, 1, 6)
DAYS = 1500
"""Studies lie on so many days after the first."""


class DemoArchive:
    """Patients of a seed, generated in batches; every case is kept that has an image, accepted or not.

    Args:
        pipeline: makes cases.
        seed: of the archive; patient i is always the same.
        bundles: as `inventory.describe_bundles` tells of them.
        quality: preset of sampling.
        batch_size: patients sampled at once.
    """

    def __init__(
        self, pipeline: Pipeline, seed: int, bundles: Sequence[Mapping[str, Any]], quality: str, batch_size: int
    ) -> None:
        self.pipeline, self.seed, self.batch_size = pipeline, seed, batch_size
        self.settings = Settings(
            quality=quality, batch_size=batch_size, accept_all=True, reject_repeats=False, progress=False
        )
        weights = {f"{item['name']}/{name}": digest for item in bundles for name, digest in item["weights"].items()}
        self.equipment = Equipment(__version__, weights_hash(weights))

    def studies(self, count: int) -> Iterator[dict[str, dict[str, Dataset]]]:
        """The objects of the next few patients, by patient and by the name of their file without its ending."""
        with tqdm(total=count, desc="patients", unit="patient") as bar:
            for first in range(0, count, self.batch_size):
                numbers = range(first, min(first + self.batch_size, count))
                cases = [
                    self.pipeline.resolve(PROMPTS[number % len(PROMPTS)], self.seed + number, name=f"p{number:06d}")
                    for number in numbers
                ]
                made = self.pipeline.generate(cases, self.settings).cases
                found = zip(numbers, made, strict=True)
                yield {case.id: study_of(case, number, self.seed, self.equipment) for number, case in found}
                bar.update(len(numbers))

    @staticmethod
    def write(studies: Mapping[str, Mapping[str, Dataset]], folder: Path) -> None:
        """Files of patients, FOLDER/PATIENT/NAME.dcm."""
        for patient, objects in studies.items():
            save(objects, folder / patient)


def study_of(case: Case, number: int, seed: int, equipment: Equipment) -> dict[str, Dataset]:
    """The objects of one patient's study, by the name of their file without its ending.

    Args:
        case: finished, with an image.
        number: of the patient, from 0.
        seed: of the archive, with which names and dates are drawn.
        equipment: what made the case.
    """
    uid = case_uids(case)
    image = _with_patient(make_image(case, equipment, uid), case, number, seed)
    seen = truth_of(case)
    made = make_segmentations(image, seen.masks, equipment, uid)
    findings = {item.name: made[item.name] for item in seen.observations if item.name in made}
    report = make_report(image, seen, findings, equipment, uid, 2 + len(made))
    return {"image": image, **made, "report": report}


def _with_patient(image: Dataset, case: Case, number: int, seed: int) -> Dataset:
    """Name, birth date and study date of somebody who is not, from the number alone."""
    draw = generator(Stream.DEMOGRAPHICS, seed, f"patient {number}")
    sex = case.findings.sex or ("female", "male")[int(draw.integers(2))]
    day = FIRST_DAY + datetime.timedelta(days=int(draw.integers(DAYS)))
    age = case.findings.age if case.findings.age is not None else int(draw.integers(20, 90))
    born = day - datetime.timedelta(days=365 * age + age // 4 + int(draw.integers(365)))
    given = GIVEN[sex][int(draw.integers(len(GIVEN[sex])))]
    image.PatientName = f"{FAMILIES[int(draw.integers(len(FAMILIES)))]}^{given}^^Synthetic"
    image.PatientID = f"SYNTHETIC-{seed}-{number:06d}"
    image.PatientSex = {"female": "F", "male": "M"}[sex]
    image.PatientBirthDate, image.StudyDate = born.strftime("%Y%m%d"), day.strftime("%Y%m%d")
    image.StudyTime = f"{int(draw.integers(7, 19)):02d}{int(draw.integers(60)):02d}00"
    image.AccessionNumber = f"S{seed % 1000:03d}{number:08d}"
    image.StudyDescription = "synthetic chest radiograph"
    image.PatientAge = f"{age:03d}Y"
    return image
