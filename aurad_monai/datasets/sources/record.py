# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A radiograph of a dataset before it is decoded: its file, patient and labels, and readers of such values."""

from __future__ import annotations

import filecmp
import hashlib
import os
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aurad_monai import vocabulary
from aurad_monai.datasets.marks import Mark
from aurad_monai.errors import InputError
from aurad_monai.io.dicom_tags import DAYS
from aurad_monai.io.find_files import PassedOver

ENDINGS = (".png", ".jpg", ".jpeg", ".dcm", ".dicom", ".ima")
"""What a file name loses to become an id; the last number of a UID is no ending."""
LONGEST = 150
"""Characters of an id."""
_NOTES: ContextVar[list[PassedOver] | None] = ContextVar("passed_over", default=None)


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
        source_id: what the source calls it, where `id` is another.
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
    source_id: str = ""

    @property
    def name(self) -> str:
        """What the source calls it."""
        return self.source_id or self.id


def stem(name: object) -> str:
    """A name that is safe as the stem of a file; where that changes it, a hash keeps it apart from others.

    So two names in another script, or with a space and an underscore, do not become one.
    """
    text = unicodedata.normalize("NFC", str(name))
    safe = re.sub(r"[^A-Za-z0-9._-]+", "_", text).strip("._")[:LONGEST]
    return safe if safe == text else f"{safe or 'case'}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def id_of(path: Path, root: Path) -> str:
    """The id of a file by its place below `root`."""
    name = "_".join(path.relative_to(root).parts)
    ending = next((ending for ending in ENDINGS if name.lower().endswith(ending)), "")
    return stem(name[: -len(ending)] if ending else name)


@contextmanager
def passed_over() -> Iterator[list[PassedOver]]:
    """Collect what sources pass over while their records are read."""
    notes: list[PassedOver] = []
    token = _NOTES.set(notes)
    try:
        yield notes
    finally:
        _NOTES.reset(token)


def pass_over(name: object, reason: str) -> None:
    """Say that a file or a row is not used, and why, so that it is counted and named."""
    notes = _NOTES.get()
    if notes is not None:
        notes.append(PassedOver(str(name), reason))


class SourceFiles:
    """Files of a source by name; each is taken by the row that lists it.

    Args:
        root: folder in which they lie, in folders of their own or not.
        suffixes: what they end with.
        stems: look them up without their ending.

    Raises:
        InputError: two files of one name differ.
    """

    def __init__(self, root: Path, suffixes: tuple[str, ...], stems: bool = False) -> None:
        self.root, self._taken, self._files = root, set[str](), dict[str, Path]()
        for folder, below, names in os.walk(root):
            below.sort()
            for name in sorted(names):
                if name.lower().endswith(suffixes):
                    self._add(Path(name).stem if stems else name, Path(folder) / name)

    def _add(self, name: str, path: Path) -> None:
        first = self._files.setdefault(unicodedata.normalize("NFC", name), path)
        if first == path:
            return
        if not filecmp.cmp(first, path, shallow=False):
            raise InputError("root", path, "one file of a name", f"{first} is another of that name: remove one")
        pass_over(path.relative_to(self.root).as_posix(), "copy of another file")

    def take(self, name: object) -> Path | None:
        """The file that a row names; None, and a note, where there is none."""
        key = unicodedata.normalize("NFC", str(name))
        path = self._files.get(key)
        if path is None:
            pass_over(key, "row without an image")
        else:
            self._taken.add(key)
        return path

    def note_rest(self, reason: str = "image without a row") -> None:
        """Name the files that no row took."""
        for name, path in self._files.items():
            if name not in self._taken:
                pass_over(path.relative_to(self.root).as_posix(), reason)


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
    """PA or AP of what a source calls a view, such as "AP supine" or "PA_erect", or None."""
    found = re.match(r"(PA|AP)(?![A-Z])", str(value).strip().upper())
    return found[1] if found and found[1] in vocabulary.VIEWS else None


def known_sex(value: object) -> str | None:
    """Female or male of F, Female, M or Male, or None: the first letter alone would make a man of "Mujer"."""
    return {"F": "female", "FEMALE": "female", "M": "male", "MALE": "male"}.get(str(value).strip().upper())


def known_age(value: object) -> int | None:
    """Whole years of 63, "63.0", "063Y" or "006M", or None; a plain 0 and ages nobody has are unknown."""
    found = re.fullmatch(r"\s*0*(\d{1,3})(?:\.\d*)?\s*([DWMY]?)\s*", str(value), re.IGNORECASE)
    if not found:
        return None
    years = int(int(found[1]) * DAYS[found[2].upper() or "Y"] / DAYS["Y"])
    infant = found[2].upper() not in ("", "Y")
    return years if (years > 0 or infant) and years <= vocabulary.RECORDED_AGES[-1] else None


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
