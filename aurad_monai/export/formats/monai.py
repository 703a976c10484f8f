# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""MONAI: the layout that our bundles train on, and that `monai.data.load_decathlon_datalist` reads."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from aurad_monai.case import Case
from aurad_monai.export.case_files import write_json
from aurad_monai.export.case_table import patient
from aurad_monai.export.formats.format import ExportRun, copy
from aurad_monai.io.datalist import write_datalist

SUFFIXES = {"image": "images/{}.png", "anatomy": "anatomy/{}.nii.gz", "pathology": "pathology/{}.nii.gz"}


def write(run: ExportRun, folder: Path) -> None:
    """images, anatomy, pathology and datalist.json with training and validation; `label` is the pathology mask."""
    sections: dict[bool, list[dict[str, Any]]] = {False: [], True: []}
    for case in run.cases("monai"):
        sections[run.is_validation(case.id)].append(_entry(case, folder))
    write_json(folder / "dataset.json", run.dataset)
    write_datalist(folder, sections[False], sections[True])


def _entry(case: Case, folder: Path) -> dict[str, Any]:
    files = {key: suffix.format(case.id) for key, suffix in SUFFIXES.items()}
    for key, file in files.items():
        copy(case.files[key], folder / file)
    return {
        **files,
        "label": files["pathology"],
        "id": case.id,
        "seed": case.seed,
        "prompt": case.prompt,
        "caption": case.caption,
        "findings": asdict(case.findings),
        "not_judged": list(case.not_judged),
        **{key: value for key, value in patient(case).items() if value is not None},
        "source": "synthetic",
    }
