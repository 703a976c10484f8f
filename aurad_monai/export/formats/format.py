# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Export formats: the interface of a format, the exported run and its cases, and lookup by name.

Takes a finished run folder; gives an `ExportRun` that each format's `write(run, folder)` reads.
"""

from __future__ import annotations

import importlib
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from tqdm import tqdm

from aurad_monai.case import Case
from aurad_monai.errors import InputError
from aurad_monai.export.formats import FORMATS
from aurad_monai.io.read_run import OpenRun, open_run, read_case
from aurad_monai.io.split import section_of


class Format(Protocol):
    """Writes a run in one format."""

    def __call__(self, run: ExportRun, folder: Path) -> None:
        """Fill an empty folder; cases are read one by one, so that any number of them fits into memory."""


@dataclass(frozen=True)
class ExportRun:
    """What leaves of a run: accepted cases that have an image.

    Args:
        opened: the run.
        validation: share of the cases that formats with a split put into their validation part.
        progress: show a bar.
        seen: called with every case that passes.
    """

    opened: OpenRun
    validation: float = 0.1
    progress: bool = False
    seen: Callable[[Case], None] | None = None

    @property
    def dataset(self) -> Mapping[str, Any]:
        """Content of dataset.json."""
        return self.opened.dataset

    def records(self) -> Iterator[dict[str, Any]]:
        """Lines of the manifest of what leaves."""
        return (line for line in self.opened.lines() if line.get("accepted") and "image" in line.get("files", ()))

    def cases(self, name: str = "") -> Iterator[Case]:
        """Every case with image and masks, checked against its hashes; `name` stands before the bar."""
        total = sum(1 for _ in self.records())
        for line in tqdm(self.records(), name, total, unit="case", disable=not self.progress):
            case = read_case(self.opened.root, line)
            if case.image is None or case.anatomy is None or case.pathology is None:
                raise InputError("manifest.jsonl", case.id, "accepted cases with image, anatomy and pathology")
            if self.seen:
                self.seen(case)
            yield case

    def is_validation(self, name: str) -> bool:
        """Whether a case is for validation; its id decides, so it stays where it is when cases are added."""
        return section_of(name, self.validation) == "validation"

    def split_of(self, name: str) -> str:
        """Train or validation, as tables say it."""
        return "validation" if self.is_validation(name) else "train"

    def missing_split(self) -> str:
        """A sentence about a split without a case, for formats that have one; empty where both have some."""
        found = {self.is_validation(str(line.get("id"))) for line in self.records()}
        if len(found) == 2:
            return ""
        return f"no {'training' if True in found else 'validation'} case among these: see --validation"


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
