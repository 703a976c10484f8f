# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Write a run folder: a manifest of every attempt, and the files of what was accepted.

In: cases and how they were made. Out: the folder, whole or not at all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aurad_monai.case import Case
from aurad_monai.errors import InputError
from aurad_monai.export.case_files import describe_dataset, manifest_line, write_case, write_json
from aurad_monai.export.overview import draw_overview
from aurad_monai.export.provenance import Provenance
from aurad_monai.io.output_folder import check_output, whole_or_nothing

NAMES = ("anatomy", "mask", "set", "bundle_dir", "image_bundle", "mask_bundle", "filter_bundle")
"""Options whose values are names from outside, which may be those of patients or people."""
GIVEN = "given"
NAMES_FILE = "names.json"
"""Who is who, where a run was made from files of others; it stays where it is: no export and no hash knows it."""


@dataclass(frozen=True)
class RunRecord:
    """What run.json says of how a run was made.

    Args:
        command: the command line, or the Python call, that asked for it.
        prompt: the user's text.
        seed: of the run.
        num: attempts asked for.
        timing: seconds by stage.
        versions: installed versions by distribution name.
        bundles: name, version and hashes of weights and configs of every bundle.
        options: any other settings worth keeping; names of files and folders in it do not leave.
        names: ids of cases, or flags, to the names from outside that they stand for.
    """

    command: str
    prompt: str
    seed: int
    num: int
    timing: Mapping[str, float] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    bundles: Sequence[Mapping[str, Any]] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)


def write_run(
    output: str | Path,
    cases: Sequence[Case],
    record: RunRecord,
    *,
    accept_all: bool = False,
    overwrite: bool = False,
) -> Path:
    """Write a run folder, whole or not at all.

    Args:
        output: the folder to be.
        cases: every attempt, accepted or not, with unique ids.
        record: how the run was made.
        accept_all: write the files of rejected cases too; the manifest says `accepted: false` all the same.
        overwrite: replace an earlier run there.

    Returns:
        The absolute path of the folder: manifest.jsonl, images/ID.png (8-bit gray), anatomy/ID.nii.gz and
        pathology/ID.nii.gz (uint8 0/1, array (x, y, 1, channel)), dataset.json, overview.png, run.json.

    Raises:
        InputError: the folder cannot be used or written.
        ValueError: two cases share an id, or an id cannot be a file name.
    """
    path = check_output(output, overwrite)
    _check_ids(cases)
    try:
        with whole_or_nothing(path) as folder:
            _fill(folder, cases, record, accept_all)
    except OSError as error:
        raise InputError("output", output, "a folder that can be written", error.strerror or str(error)) from error
    return path


def acceptance_rate(cases: Sequence[Case]) -> float:
    """Accepted cases a case attempted, 0 where none was attempted."""
    return sum(case.accepted for case in cases) / len(cases) if cases else 0.0


def _fill(folder: Path, cases: Sequence[Case], record: RunRecord, accept_all: bool) -> None:
    for name in ("images", "anatomy", "pathology"):
        (folder / name).mkdir()
    made_by = Provenance(record.bundles, without_names(record.options))
    lines = []
    for case in cases:
        files = write_case(folder, case, made_by) if case.accepted or accept_all else {}
        lines.append(json.dumps(manifest_line(case, files, folder), allow_nan=False))
    (folder / "manifest.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    write_json(folder / "dataset.json", describe_dataset(cases, made_by))
    draw_overview(cases, record.prompt).save(folder / "overview.png")
    write_json(folder / "run.json", _run(cases, record))
    if record.names:
        write_json(folder / NAMES_FILE, record.names)


def without_names(options: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as they go into what leaves: that something was given, not the name of its file or folder."""
    return {name: GIVEN if name in NAMES and value is not None else value for name, value in options.items()}


def _run(cases: Sequence[Case], record: RunRecord) -> dict[str, Any]:
    return {
        "command": record.command,
        "prompt": record.prompt,
        "seed": int(record.seed),
        "num": int(record.num),
        "options": without_names(record.options),
        "attempts": len(cases),
        "accepted": sum(bool(case.accepted) for case in cases),
        "acceptance_rate": round(acceptance_rate(cases), 4),
        "seconds": {stage: round(float(seconds), 3) for stage, seconds in record.timing.items()},
        "versions": dict(record.versions),
        "bundles": [dict(bundle) for bundle in record.bundles],
    }


def _check_ids(cases: Sequence[Case]) -> None:
    ids = [case.id for case in cases]
    if len(set(ids)) != len(ids):
        raise ValueError(f"ids of cases must be unique, but they are {ids}")
    for name in ids:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
            raise ValueError(f"an id must be usable as a file name, but it is {name!r}")
