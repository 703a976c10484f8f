# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Labels in the columns of CheXpert: 1 present, 0 absent, empty not said; beside images in CheXpert's folders.

Irvin et al., CheXpert, AAAI 2019 (arXiv 1901.07031).
"""

from __future__ import annotations

from pathlib import Path

from aurad_monai import vocabulary
from aurad_monai.export.formats.format import ExportRun, copy
from aurad_monai.prompts.finding import NORMAL, ClinicalFindings
from aurad_monai.safe_text import TableWriter

OBSERVATIONS = (
    "No Finding",
    "Enlarged Cardiomediastinum",
    "Cardiomegaly",
    "Lung Opacity",
    "Lung Lesion",
    "Edema",
    "Consolidation",
    "Pneumonia",
    "Atelectasis",
    "Pneumothorax",
    "Pleural Effusion",
    "Pleural Other",
    "Fracture",
    "Support Devices",
)
PATIENT = ("Path", "Sex", "Age", "Frontal/Lateral", "AP/PA")
ROOT = "CheXpert-v1.0-small"
"""Readers of CheXpert take paths to start with it."""
DEFAULT_VIEW = "PA"
"""Of runs that state no view: readers drop rows without one."""


def write(run: ExportRun, folder: Path) -> None:
    """CheXpert-v1.0-small/train/patientN/study1/view1_frontal.png and train.csv."""
    with (folder / "train.csv").open("w", newline="", encoding="utf-8") as stream:
        table = TableWriter(stream)
        table.writerow([*PATIENT, *OBSERVATIONS, "Case", "Not Judged", "Spacing"])
        for number, case in enumerate(run.cases("chexpert"), start=1):
            path = f"{ROOT}/train/patient{number:06d}/study1/view1_frontal.png"
            copy(case.files["image"], folder / path)
            findings = case.findings
            person = ((findings.sex or "unknown").title(), "" if findings.age is None else findings.age)
            silent = "|".join(case.not_judged)
            values = [observation(findings, name) for name in OBSERVATIONS]
            view, spacing = findings.view or DEFAULT_VIEW, case.spacing or ""
            table.writerow([path, *person, "Frontal", view, *values, case.id, silent, spacing])


def observation(findings: ClinicalFindings, name: str) -> str:
    """1.0, 0.0 or empty: present if any finding it covers is, absent if all of them are declared absent."""
    if name == "No Finding":
        return "1.0" if findings.findings == NORMAL else ""
    covered = vocabulary.from_dataset(name, "chexpert")
    if any(item.name in covered for item in findings.present):
        return "1.0"
    absent = {item.name for item in findings.absent}
    return "0.0" if covered and absent.issuperset(covered) else ""
