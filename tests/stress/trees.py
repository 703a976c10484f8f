# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Whether two datasets are the same, byte for byte, and whether one has every case once and whole."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path

from aurad_monai.files import SUMS, sha256

TIMES = "run.json"
"""The only file that may differ: it holds wall-clock times and the number of sessions."""


def digest(folder: Path) -> dict[str, str]:
    """Sha256 by relative path of every file but run.json; empty folders are listed too."""
    return {
        path.relative_to(folder).as_posix(): sha256(path) if path.is_file() else "folder"
        for path in sorted(folder.rglob("*"))
        if path.name != TIMES
    }


def partial_files(folder: Path) -> list[str]:
    """Files outside the work folder that no manifest vouches for, and files that are not what it vouches for."""
    known: dict[str, str] = {}
    for manifest in folder.glob("shards/*/manifest.jsonl"):
        for line in map(json.loads, manifest.read_text(encoding="utf-8").splitlines()):
            known |= {file: line["sha256"][key] for key, file in line["files"].items()}
    found = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.glob("shards/**/*")
        if path.is_file() and path.name not in ("manifest.jsonl", SUMS)
    }
    return sorted(set(found.items()) ^ set(known.items()))  # type: ignore[arg-type]


def cases(folder: Path) -> Counter[int]:
    """How often each case of the plan is accepted in the manifest; once each is right."""
    lines = map(json.loads, (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines())
    return Counter(line["case"] for line in lines if line["accepted"])
