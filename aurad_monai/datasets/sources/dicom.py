# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Any folder of DICOM: patient, view, sex and age from the tags, labels unknown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from aurad_monai.datasets.sources.record import Record, stem
from aurad_monai.errors import InputError
from aurad_monai.io.dicom_tags import read_tags

SUFFIXES = (".dcm", ".dicom", "")


def records(root: Path) -> Iterator[Record]:
    """One record for each DICOM file, by content; other files are passed over."""
    files = sorted(path for path in root.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    found = False
    for path in files:
        if not _is_dicom(path):
            continue
        found, tags = True, read_tags(path)
        name = stem("_".join(path.relative_to(root).with_suffix("").parts))
        yield Record(name, path, tags.patient or name, tags.view, tags.sex, tags.age)
    if not found:
        raise InputError("root", root, "a folder with DICOM files", "see docs/reference/prepare.md")


def _is_dicom(path: Path) -> bool:
    if path.suffix.lower() in (".dcm", ".dicom"):
        return True
    with path.open("rb") as stream:
        return stream.read(132)[128:] == b"DICM"
