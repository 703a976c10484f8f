# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A radiograph of a dataset before it is decoded: its file, patient and labels, and readers of such values."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aurad_monai import vocabulary
from aurad_monai.datasets.marks import Mark
from aurad_monai.errors import InputError


@dataclass(frozen=True)
class Record:
    """One radiograph of a source.

    Args:
        id: stem of the files to be; letters, digits, dot, dash and underscore.
        image: the picture or DICOM file.
        patient: whose it is; all of a patient go into one section.
        view: PA or AP, None where not known.
        sex: female or male, None where not known.
        age: years, None where not known.
        labels: finding to present (True) or absent (False); a finding not listed is unknown.
        marks: where findings are, as drawn by people.
        report: the radiologist's text, or the file it is in.
        prompt: findings as a prompt has them, where the source gives them so.
        anatomy_file: NIfTI with our channels, where the source has them.
        pathology_file: the same of the findings.
    """

    id: str
    image: Path
    patient: str
    view: str | None = None
    sex: str | None = None
    age: int | None = None
    labels: Mapping[str, bool] = field(default_factory=dict)
    marks: tuple[Mark, ...] = ()
    report: str | Path = ""
    prompt: str = ""
    anatomy_file: Path | None = None
    pathology_file: Path | None = None


def stem(name: object) -> str:
    """A name that is safe as the stem of a file."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", str(name)).strip("._") or "case"


def file_index(root: Path, suffixes: tuple[str, ...]) -> dict[str, Path]:
    """File name to path of every file below `root` that ends so, whatever its case; found in one walk."""
    found = {}
    for folder, _, names in os.walk(root):
        found.update({name: Path(folder) / name for name in names if name.lower().endswith(suffixes)})
    return found


def label_findings(labels: Mapping[str, Any], dataset: str = "torchxrayvision") -> dict[str, bool]:
    """Findings that a row of labels declares present or absent.

    Args:
        labels: label to 1, 0 or NaN, as torchxrayvision has them.
        dataset: whose names they are.
    """
    findings: dict[str, bool] = {}
    for label, value in labels.items():
        names = vocabulary.from_dataset(label, dataset)
        if value == 1 and label in vocabulary.BROAD_LABELS:
            for name in names:
                findings.pop(name, None)
        elif value in (0, 1):
            findings.update({name: bool(value) for name in names if value == 1 or not findings.get(name)})
    return without_doubt(findings, [label for label, value in labels.items() if value == 1])


def without_doubt(findings: dict[str, bool], labels: Iterable[str]) -> dict[str, bool]:
    """Findings without an absent consolidation where one of the labels says that some opacity is there."""
    doubtful = not findings.get(vocabulary.OPACITY, True) and not set(labels).isdisjoint(vocabulary.OPACITY_LABELS)
    return {name: present for name, present in findings.items() if not (doubtful and name == vocabulary.OPACITY)}


def known_view(value: object) -> str | None:
    """PA or AP of what a source calls a view, or None."""
    text = str(value).upper()
    return next((view for view in vocabulary.VIEWS if text.startswith(view)), None)


def known_sex(value: object) -> str | None:
    """Female or male of F, Female, M or Male, or None."""
    return {"F": "female", "M": "male"}.get(str(value).strip().upper()[:1])


def known_age(value: object) -> int | None:
    """Whole years of 63, "63.0" or "063Y", or None; months, weeks and ages nobody has are unknown."""
    match = re.fullmatch(r"\s*0*(\d{1,3})(?:\.\d*)?\s*Y?\s*", str(value), re.IGNORECASE)
    return int(match[1]) if match and 0 < int(match[1]) <= vocabulary.AGES[-1] else None


def need(root: Path, names: Iterable[str], what: str) -> Path:
    """The first of several files that is there.

    Raises:
        InputError: none is.
    """
    wanted = list(names)
    for name in wanted:
        if (root / name).is_file():
            return root / name
    raise InputError("root", root, f"a folder with {' or '.join(wanted)} ({what})", "see docs/reference/prepare.md")
