# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Labels in the columns of NIH ChestX-ray14: findings joined by bars in Data_Entry_2017.csv, beside images/.

Wang et al., ChestX-ray8, CVPR 2017. That format cannot tell absent from not said. Findings without a name there keep
that of ChestX-Det.
"""

from __future__ import annotations

from pathlib import Path

from aurad_monai import vocabulary
from aurad_monai.case import Case
from aurad_monai.export.formats.format import ExportRun, copy
from aurad_monai.safe_text import TableWriter

COLUMNS = (
    "Image Index",
    "Finding Labels",
    "Follow-up #",
    "Patient ID",
    "Patient Age",
    "Patient Gender",
    "View Position",
    "OriginalImage[Width",
    "Height]",
    "OriginalImagePixelSpacing[x",
    "y]",
)
SEXES = {"female": "F", "male": "M", None: ""}
DEFAULT_VIEW = "PA"
"""Of runs that state no view: readers drop rows without one."""


def write(run: ExportRun, folder: Path) -> None:
    """images/ID.png and Data_Entry_2017.csv."""
    with (folder / "Data_Entry_2017.csv").open("w", newline="", encoding="utf-8") as stream:
        table = TableWriter(stream)
        table.writerow(COLUMNS)
        for number, case in enumerate(run.cases("nih"), start=1):
            copy(case.files["image"], folder / "images" / f"{case.id}.png")
            table.writerow(_row(case, number))


def _row(case: Case, number: int) -> list[object]:
    findings = case.findings
    terms = [vocabulary.finding(item.name) for item in findings.present]
    labels = list(dict.fromkeys(term.code("nih") or term.code("chestxdet") or term.label for term in terms))
    height, width = case.pixels.shape
    shown = "|".join(labels) or "No Finding"
    age = "" if findings.age is None else findings.age
    view = findings.view or DEFAULT_VIEW
    mm = "" if case.spacing is None else case.spacing
    return [f"{case.id}.png", shown, 0, number, age, SEXES[findings.sex], view, width, height, mm, mm]
