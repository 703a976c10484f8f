# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""`aurad export`: accepted cases of a run in the formats of other tools."""

from __future__ import annotations

import sys
from pathlib import Path

from aurad_monai.cli import values as cli_values
from aurad_monai.cli.commands.action import Action, refuse_unknown
from aurad_monai.export.formats import FORMATS
from aurad_monai.plugins import as_help


def export(
    folder: str | None = None,
    *extra: str,
    format: str | None = None,
    output: str | None = None,
    validation: str = "0.1",
    overwrite: str = "False",
    debug: str = "False",
    **unknown: str,
) -> Action:
    """aurad export DIR --format FORMAT,FORMAT [flags]

    Write the accepted cases of a finished run in the formats of other tools, each into OUTPUT/FORMAT.

    --format      one of those listed below, or several with commas between (required)
    --output      folder for the exports, default DIR-exported
    --validation  share of the cases for validation, in formats with a split, 0 to 1, default 0.1
    --overwrite   replace earlier exports there
    --debug       show the traceback of an error

    FORMAT is one of
    """
    refuse_unknown(export, extra, unknown)
    source = cli_values.text("folder", folder, "a folder that aurad generate or synthesize wrote", "give its path")
    asked = cli_values.text("format", format, "formats with commas between", "see aurad export --help")
    names = list(dict.fromkeys(name.strip() for name in asked.split(",") if name.strip()))
    target = output or str(Path(source).resolve()) + "-exported"
    share, replace = cli_values.real("validation", validation, 0, 1), cli_values.switch("overwrite", overwrite)
    return Action(lambda: _export(source, names, Path(target), share, replace))


export.__doc__ = f"{str(export.__doc__).rstrip()}\n{as_help(FORMATS)}"


def _export(source: str, names: list[str], target: Path, validation: float, overwrite: bool) -> None:
    """Check every format and place before the first is written."""
    from aurad_monai.export.formats.format import open_export, open_format
    from aurad_monai.export.formats.place import check_place, write_whole

    writers = {name: open_format(name) for name in names}
    run = open_export(source, validation, progress=True)
    if note := run.missing_split():
        print(note, file=sys.stderr, flush=True)
    for name in names:
        check_place(target / name, overwrite)
    for name, write in writers.items():
        print(f"{name}: {write_whole(write, run, target / name)}", flush=True)
