# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Read a run folder: cases of its manifest, each with its arrays, for evaluation, export and training.

In: the folder. Out: cases, and the content of dataset.json and run.json.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy.typing as npt

from aurad_monai import vocabulary
from aurad_monai.bundles.safety.strict_json import parse_strict
from aurad_monai.case import Case
from aurad_monai.errors import InputError
from aurad_monai.files import below, read_bounded
from aurad_monai.io.datalist import load_channels, load_image
from aurad_monai.io.manifest import NEXT_STEP, checked_line, read_lines
from aurad_monai.io.picture_file import MAX_BYTES
from aurad_monai.prompts.finding import ClinicalFindings, Finding

MAX_JSON = 64 * 2**20
"""Bytes of dataset.json and run.json."""


@dataclass(frozen=True)
class StoredRun:
    """A run folder in memory: cases in the order of the manifest, and the content of dataset.json and run.json."""

    cases: tuple[Case, ...]
    dataset: Mapping[str, Any]
    run: Mapping[str, Any]


def read_run(folder: str | Path) -> StoredRun:
    """Read a run folder and check every file against its hash.

    Raises:
        InputError: the folder is no run, a file is missing, changed or unreadable, or the channels are not ours.
    """
    opened = open_run(folder)
    return StoredRun(tuple(opened.cases()), opened.dataset, opened.run)


@dataclass(frozen=True)
class OpenRun:
    """A run folder whose cases are read one by one, so that its size does not matter.

    Args:
        root: the folder.
        dataset: content of dataset.json.
        run: content of run.json.
    """

    root: Path
    dataset: Mapping[str, Any]
    run: Mapping[str, Any]

    def lines(self) -> Iterator[dict[str, Any]]:
        """What the manifest says of every attempt, in its order."""
        return read_lines(self.root / "manifest.jsonl")

    def cases(self) -> Iterator[Case]:
        """Every attempt with its arrays, checked against its hashes."""
        return (read_case(self.root, line) for line in self.lines())


def open_run(folder: str | Path) -> OpenRun:
    """Open a run folder without reading its cases yet.

    Raises:
        InputError: the folder is no run, or the channels are not ours; a case's fault is raised when it is read.
    """
    root = Path(folder)
    if not (root / "manifest.jsonl").is_file():
        raise InputError("folder", folder, "a run folder (with manifest.jsonl)", "see aurad generate")
    dataset = _read_json(root / "dataset.json")
    channels = (dataset.get("anatomy_channels"), dataset.get("pathology_channels"))
    if channels != (list(vocabulary.ANATOMY_NAMES), list(vocabulary.FINDING_NAMES)):
        raise InputError("dataset.json", channels, "the channels of this version's vocabulary", NEXT_STEP)
    return OpenRun(root, dataset, _read_json(root / "run.json"))


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = parse_strict(read_bounded(path, MAX_JSON).decode("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError("folder", path, "a readable JSON file", NEXT_STEP) from error
    if not isinstance(content, dict):
        raise InputError("folder", path, "a JSON object", NEXT_STEP)
    return content


def read_case(root: Path, line: Mapping[str, Any]) -> Case:
    """The case of a line of the manifest; raises InputError where its files are not those the line describes."""
    line = checked_line(line)
    try:
        files = {key: _checked(root, file, line["sha256"][key]) for key, file in line["files"].items()}
        arrays = {key: _read_array(key, path) for key, path in files.items()}
        return Case(
            id=line["id"],
            seed=line["seed"],
            prompt=line["prompt"],
            requested=_findings(line.get("requested", line["findings"])),
            resolved=_findings(line.get("resolved", line["findings"])),
            spacing=line.get("spacing"),
            accepted=line["accepted"],
            reasons=tuple(line["reasons"]),
            not_judged=_why_not(line),
            scores={name: float("nan") if score is None else float(score) for name, score in line["scores"].items()},
            image=arrays.get("image"),
            anatomy=arrays.get("anatomy"),
            pathology=arrays.get("pathology"),
            source=line["files"].get("image", ""),
            files=files,
            record=line,
        )
    except InputError:
        raise
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise InputError("manifest.jsonl", line["id"], "a line as aurad generate writes it", NEXT_STEP) from error


def _why_not(line: Mapping[str, Any]) -> dict[str, str]:
    """Findings that were not judged, with the reason; runs of earlier versions do not say."""
    known = line.get("why_not_judged", {})
    return {name: known.get(name, "") for name in line.get("not_judged", ())}


def _checked(root: Path, file: str, digest: str) -> Path:
    """The path of a file that lies in the folder and still has its hash."""
    path = below(root, file, "manifest.jsonl files")
    try:
        content = read_bounded(path, MAX_BYTES)
    except (OSError, ValueError) as error:
        raise InputError("folder", path, "a file that can be read", NEXT_STEP) from error
    if hashlib.sha256(content).hexdigest() != digest:
        raise InputError("folder", path, f"the file with sha256 {digest}", NEXT_STEP)
    return path


def _read_array(key: str, path: Path) -> npt.NDArray[Any]:
    try:
        return load_image(path) if key == "image" else load_channels(path)
    except InputError:
        raise
    except Exception as error:  # PIL and nibabel raise a dozen types on broken files
        raise InputError("folder", path, f"a readable {key} file", NEXT_STEP) from error


def _findings(content: Mapping[str, Any]) -> ClinicalFindings:
    findings = tuple(Finding(**item) for item in content["findings"])
    return ClinicalFindings(findings, content["view"], content["sex"], content["age"])
