# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Export formats: the interface of a format, the exported run and its cases, and lookup by name.

Takes a finished run folder; gives an `ExportRun` that each format's `write(run, folder)` reads.
"""

from __future__ import annotations

import importlib
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from aurad_monai.errors import InputError
from aurad_monai.export.formats import FORMATS
from aurad_monai.io.read_run import OpenRun, StoredCase, open_run, read_case
from aurad_monai.io.split import section_of


class Format(Protocol):
    """Writes a run in one format."""

    def __call__(self, run: ExportRun, folder: Path) -> None:
        """Fill an empty folder; cases are read one by one, so that any number of them fits into memory."""


@dataclass(frozen=True)
class ExportCase:
    """An accepted case with an image, and where its files are.

    Args:
        stored: the case.
        image: (1, H, W) float32 in [0, 1].
        anatomy: (3, H, W) uint8 0/1.
        pathology: (findings, H, W) uint8 0/1.
        files: by key: image, anatomy, pathology.
        record: its line in the manifest.
    """

    stored: StoredCase
    image: npt.NDArray[np.float32]
    anatomy: npt.NDArray[np.uint8]
    pathology: npt.NDArray[np.uint8]
    files: Mapping[str, Path]
    record: Mapping[str, Any]

    @property
    def id(self) -> str:
        """Stem of its files."""
        return self.stored.id

    @property
    def pixels(self) -> npt.NDArray[np.uint8]:
        """(H, W) uint8, as the PNG holds them."""
        return np.asarray(np.rint(self.image[0] * 255.0), dtype=np.uint8)


@dataclass(frozen=True)
class ExportRun:
    """What leaves of a run: accepted cases that have an image.

    Args:
        opened: the run.
        validation: share of the cases that formats with a split put into their validation part.
        progress: show a bar.
    """

    opened: OpenRun
    validation: float = 0.1
    progress: bool = False

    @property
    def dataset(self) -> Mapping[str, Any]:
        """Content of dataset.json."""
        return self.opened.dataset

    def records(self) -> Iterator[dict[str, Any]]:
        """Lines of the manifest of what leaves."""
        return (line for line in self.opened.lines() if line.get("accepted") and "image" in line.get("files", ()))

    def cases(self, name: str = "") -> Iterator[ExportCase]:
        """Every case, checked against its hashes; `name` stands before the bar."""
        total = sum(1 for _ in self.records())
        for line in tqdm(self.records(), name, total, unit="case", disable=not self.progress):
            stored = read_case(self.opened.root, line)
            if stored.image is None or stored.anatomy is None or stored.pathology is None:
                raise InputError("manifest.jsonl", stored.id, "accepted cases with image, anatomy and pathology")
            files = {key: self.opened.root / file for key, file in line["files"].items()}
            yield ExportCase(stored, stored.image, stored.anatomy, stored.pathology, files, line)

    def is_validation(self, name: str) -> bool:
        """Whether a case is for validation; its id decides, so it stays where it is when cases are added."""
        return section_of(name, self.validation) == "validation"


def open_format(name: str) -> Format:
    """The function that writes a format.

    Raises:
        InputError: there is no such format, or the package it needs is not installed.
    """
    if name not in FORMATS:
        raise InputError("format", name, ", ".join(FORMATS))
    try:
        write: Format = importlib.import_module(f"aurad_monai.export.formats.{name}").write
    except ImportError as error:
        raise InputError("format", name, f"an installed {error.name}", 'pip install "aurad-monai[formats]"') from error
    return write


def open_export(folder: str | Path, validation: float = 0.1, progress: bool = False) -> ExportRun:
    """Open a finished run of `aurad generate` or `aurad synthesize` for export.

    Raises:
        InputError: it is no run, it is unfinished, or nothing in it was accepted.
    """
    if (Path(folder) / ".work").is_dir():
        raise InputError("folder", folder, "a finished dataset", "continue it with aurad synthesize --resume")
    run = ExportRun(open_run(folder), validation, progress)
    if next(run.records(), None) is None:
        raise InputError("folder", folder, "a run with at least one accepted case that has an image")
    return run


def copy(source: Path, target: Path) -> None:
    """Copy a file's bytes, text chunks and all; the folder above is made."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
