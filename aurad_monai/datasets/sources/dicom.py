# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Any folder of DICOM: patient, view, sex and age from the tags, labels unknown.

Files are known by their content, whatever they are called (UIDs, .IMA, no ending); others are passed over by name.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from aurad_monai.datasets.sources.record import Record, id_of, pass_over
from aurad_monai.errors import InputError
from aurad_monai.io.dicom_tags import read_tags
from aurad_monai.io.find_files import describe, find_files

DIRECTORY = "DICOMDIR"


def records(root: Path) -> Iterator[Record]:
    """One record for each DICOM file."""
    found = find_files(root, ("dicom",))
    for item in found.passed_over:
        pass_over(item.name, item.reason)
    images = [path for path in found.files if path.name.upper() != DIRECTORY]
    for path in set(found.files) - set(images):
        pass_over(path.relative_to(root).as_posix(), "directory of files")
    if not images:
        held = f" ({describe(found.passed_over)})" if found.passed_over else ""
        raise InputError("root", f"{root}{held}", "a folder with DICOM files", "see docs/reference/prepare.md")
    for path in images:
        tags, name = read_tags(path), id_of(path, root)
        yield Record(name, path, tags.patient or name, tags.view, tags.sex, tags.age)
