# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Croissant: metadata that dataset search engines and loaders read, beside the files that they describe.

https://docs.mlcommons.org/croissant/docs/croissant-spec.html
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import mlcroissant as mlc

from aurad_monai import vocabulary
from aurad_monai.export.case_table import patient
from aurad_monai.export.formats.format import ExportRun, copy
from aurad_monai.files import sha256
from aurad_monai.safe_text import TableWriter

TEXT, INTEGER, FLOAT = mlc.DataType.TEXT, mlc.DataType.INTEGER, mlc.DataType.FLOAT
CASE = {"case": TEXT, "file": TEXT, "seed": INTEGER, "prompt": TEXT, "caption": TEXT}
PATIENT = {"view": TEXT, "sex": TEXT, "age": FLOAT, "spacing": FLOAT}
"""Numbers that may be missing are floats, since readers have no empty integer."""
COLUMNS = CASE | PATIENT | dict.fromkeys((*vocabulary.FINDING_NAMES, "not_judged"), TEXT)


def write(run: ExportRun, folder: Path) -> None:
    """croissant.json, cases.csv, images/ID.png, anatomy/ID.nii.gz and pathology/ID.nii.gz."""
    table = folder / "cases.csv"
    with table.open("w", newline="", encoding="utf-8") as stream:
        rows = TableWriter(stream)
        rows.writerow(COLUMNS)
        for case in run.cases("croissant"):
            copy(case.files["image"], folder / "images" / f"{case.id}.png")
            for key in ("anatomy", "pathology"):
                copy(case.files[key], folder / key / f"{case.id}.nii.gz")
            findings = case.findings
            said = dict.fromkeys((item.name for item in findings.absent), "absent")
            said |= dict.fromkeys((item.name for item in findings.present), "present")
            labels = [said.get(name, "unsaid") for name in vocabulary.FINDING_NAMES]
            known = ["" if value is None else value for value in patient(case).values()]
            silent = "|".join(case.not_judged)
            request = [case.id, f"{case.id}.png", case.seed, case.prompt, case.caption]
            rows.writerow([*request, *known, *labels, silent])
    content = describe(run, sha256(table)).to_json()
    (folder / "croissant.json").write_text(json.dumps(content, indent=2, default=str) + "\n", encoding="utf-8")


def describe(run: ExportRun, table_hash: str) -> mlc.Metadata:
    """The metadata; mlcroissant checks it against the specification as it is made."""
    about = run.dataset
    return mlc.Metadata(
        name="synthetic-chest-radiographs",
        description=(
            "Synthetic chest radiographs with pathology and anatomy masks, made by a model from clinical prompts. "
            f"Intended use: {about.get('intended_use')}. Not for: {about.get('not_for')}."
        ),
        url="https://arxiv.org/abs/2509.04819",
        license=["https://creativecommons.org/licenses/by/4.0/"],
        cite_as="AURAD, arXiv 2509.04819",
        date_published="2026-01-01",
        version="1.0.0",
        distribution=[
            mlc.FileObject(
                id="cases.csv",
                name="cases.csv",
                content_url="cases.csv",
                encoding_formats=["text/csv"],
                sha256=table_hash,
            ),
            *(_files(name, includes, encoding) for name, includes, encoding in FILES),
        ],
        record_sets=[_cases(), _images()],
    )


FILES = (
    ("images", "images/*.png", "image/png"),
    ("anatomy", "anatomy/*.nii.gz", "application/gzip"),
    ("pathology", "pathology/*.nii.gz", "application/gzip"),
)


def _files(name: str, includes: str, encoding: str) -> mlc.FileSet:
    return mlc.FileSet(id=name, name=name, encoding_formats=[encoding], includes=[includes])


def _cases() -> mlc.RecordSet:
    return mlc.RecordSet(
        id="cases", name="cases", fields=[_field("cases", name, kind) for name, kind in COLUMNS.items()]
    )


def _field(records: str, name: str, kind: Any) -> mlc.Field:
    source = mlc.Source(file_object="cases.csv", extract=mlc.Extract(column=name))
    return mlc.Field(id=f"{records}/{name}", name=name, data_types=[kind], source=source)


def _images() -> mlc.RecordSet:
    parts = (("file", TEXT, mlc.FileProperty.filename), ("image", mlc.DataType.IMAGE_OBJECT, mlc.FileProperty.content))
    fields = [
        mlc.Field(
            id=f"radiographs/{name}",
            name=name,
            data_types=[kind],
            source=mlc.Source(file_set="images", extract=mlc.Extract(file_property=part)),
        )
        for name, kind, part in parts
    ]
    return mlc.RecordSet(id="radiographs", name="radiographs", fields=fields)
