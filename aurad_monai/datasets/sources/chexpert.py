# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""CheXpert: labels mined from reports, uncertain ones left unknown.

ROOT holds train.csv and valid.csv, and beside them train/patient00001/study1/view1_frontal.jpg and so on; without a
train.csv, that of torchxrayvision's wheel.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aurad_monai.datasets.sources import xray_vision
from aurad_monai.datasets.sources.record import (
    Record,
    known_age,
    known_sex,
    known_view,
    label_findings,
    pass_over,
    stem,
)

TABLES = ("train.csv", "valid.csv")
RELEASE = re.compile(r"^CheXpert-v1\.0[^/]*/")


def records(root: Path) -> Iterator[Record]:
    """One record for each listed frontal image that is there."""
    given: list[str | None] = [str(root / name) for name in TABLES if (root / name).is_file()]
    for table in given or [None]:
        arguments = {"csvpath": table} if table else {}
        views: dict[str, Any] = {"views": ["PA", "AP"], "unique_patients": False}
        listed = xray_vision.table("CheX_Dataset", imgpath=str(root), **views, **arguments)
        for row, labels in xray_vision.rows(listed):
            name = RELEASE.sub("", row["Path"])
            if not (root / name).is_file():
                pass_over(name, "row without an image")
            else:
                yield Record(
                    id=stem("_".join(Path(name).with_suffix("").parts[1:])),
                    image=root / name,
                    patient=str(row["patientid"]),
                    view=known_view(row["view"]),
                    sex=known_sex(row["Sex"]),
                    age=known_age(row["age_years"]),
                    labels=label_findings(labels),
                )
