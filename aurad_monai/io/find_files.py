# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Radiographs of a folder, known by their content whatever they are called, and what is no radiograph by its name.

In: a folder. Out: files of a kind, and what was passed over with the reason, since nothing is left out in silence.
"""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from aurad_monai.errors import InputError
from aurad_monai.io.picture_file import file_kind

LOG = logging.getLogger("aurad_monai")
NAMED = 3
"""So many names are said; the rest is counted."""


@dataclass(frozen=True)
class PassedOver:
    """Something that is not used.

    Args:
        name: a file, or a row of a table.
        reason: why, in two or three words.
    """

    name: str
    reason: str


@dataclass(frozen=True)
class Found:
    """What a folder holds.

    Args:
        files: of the kinds asked for, in the order of their names.
        passed_over: all others.
    """

    files: tuple[Path, ...]
    passed_over: tuple[PassedOver, ...]


def find_files(
    root: Path,
    kinds: Collection[str],
    recursive: bool = True,
    ignored: Collection[str] = (),
    claimed: tuple[str, ...] = (),
) -> Found:
    """Files of a folder by their content.

    Args:
        root: the folder.
        kinds: of png, jpeg, dicom, nifti.
        recursive: look into folders below, too.
        ignored: names of files that belong there and are no images, such as tables.
        claimed: endings of files that belong to the images whatever they hold, so that who reads them says what is
            wrong.
    """
    files, passed_over = [], []
    for path in _walk(root, recursive):
        name = path.relative_to(root).as_posix()
        if name in ignored:
            continue
        why = _objection(path, kinds)
        if not why or path.name.lower().endswith(claimed):
            files.append(path)
        else:
            passed_over.append(PassedOver(name, why))
    return Found(tuple(files), tuple(passed_over))


def _objection(path: Path, kinds: Collection[str]) -> str:
    """Why a file is of none of the kinds; empty where it is."""
    try:
        kind = file_kind(path, "file")
    except InputError as error:
        return error.reason
    return "" if kind in kinds else "no image" if kind == "unknown" else f"{kind} file"


def _walk(root: Path, recursive: bool) -> Iterator[Path]:
    """Files below a folder by name; links to folders are not followed, so that no loop can hold us."""
    for folder, below, names in os.walk(root):
        below[:] = sorted(below) if recursive else []
        yield from (Path(folder) / name for name in sorted(names))


def describe(passed_over: Iterable[PassedOver]) -> str:
    """One line, such as "no image 2 (notes.txt, .DS_Store), no such file 1 (row 3: a.png)"."""
    items = list(passed_over)
    said = []
    for reason, count in Counter(item.reason for item in items).most_common():
        names = [item.name for item in items if item.reason == reason][:NAMED]
        said.append(f"{reason} {count} ({', '.join(names)}{', ...' if count > len(names) else ''})")
    return ", ".join(said)


def say_passed_over(root: Path, passed_over: Iterable[PassedOver]) -> None:
    """Name what was passed over on standard error, in one line, where anything was."""
    items = list(passed_over)
    if items:
        LOG.warning("%s: %d passed over: %s", root, len(items), describe(items))
