# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A run folder of aurad generate: its accepted cases, with their masks as labels."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from aurad_monai.datasets.sources.record import Record, need
from aurad_monai.errors import InputError


def records(root: Path) -> Iterator[Record]:
    """One record for each accepted case."""
    manifest = need(root, ["manifest.jsonl"], "a run folder")
    try:
        lines = [json.loads(line) for line in manifest.read_text(encoding="utf-8").splitlines() if line]
        for line in lines:
            if line["accepted"]:
                files = {key: root / name for key, name in line["files"].items()}
                findings = line["findings"]
                yield Record(
                    id=line["id"],
                    image=files["image"],
                    patient=line["id"],
                    view=findings["view"],
                    sex=findings["sex"],
                    age=findings["age"],
                    labels={item["name"]: item["present"] for item in findings["findings"]},
                    prompt=line["prompt"],
                    anatomy_file=files["anatomy"],
                    pathology_file=files["pathology"],
                )
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            "root", manifest, "a manifest as aurad generate writes it", "generate the run again"
        ) from error
