# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Output folder of an export: appears whole or not at all; only an earlier export is replaced."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from aurad_monai.errors import InputError
from aurad_monai.export.case_table import NAME, case_table
from aurad_monai.export.formats.format import ExportRun, Format
from aurad_monai.io.output_folder import check_output, whole_or_nothing

MARK = ".aurad-export"
"""A file by which an export is recognized before it is replaced."""


def check_place(place: Path, overwrite: bool) -> None:
    """Make sure an export can be written.

    Raises:
        InputError: something is there that may not be replaced, or the place cannot be written.
    """
    if overwrite and (place / MARK).is_file():
        check_output(place.with_name(f"{place.name}.new"))
        return
    if (place / MARK).is_file():
        raise InputError(
            "output", place, "a new folder", "name another, or replace the earlier export with --overwrite"
        )
    check_output(place)


def write_whole(write: Format, run: ExportRun, place: Path) -> Path:
    """Write an export with a table of its cases, and put it in its place once it is whole.

    Raises:
        InputError: the disk is full or cannot be written; nothing is left then.
    """
    try:
        with whole_or_nothing(place) as folder:
            with case_table(folder / NAME, run.split_of) as seen:
                write(replace(run, seen=seen), folder)
            (folder / MARK).write_text("replaced by aurad export --overwrite\n", encoding="utf-8")
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError("output", place, "a folder that can be written", f"{reason}: nothing was left") from error
    return place
