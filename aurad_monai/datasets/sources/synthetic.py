# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A run folder of aurad generate: its accepted cases, with their masks as labels."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from aurad_monai.datasets.sources.record import Record, need
from aurad_monai.errors import InputError
from aurad_monai.files import below
from aurad_monai.io.manifest import read_lines


def records(root: Path) -> Iterator[Record]:
    """One record for each accepted case."""
    manifest = need(root, ["manifest.jsonl"], "a run folder")
    try:
        for line in read_lines(manifest):
            if line["accepted"]:
                files = {key: below(root, name, "manifest.jsonl files") for key, name in line["files"].items()}
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
    except InputError:
        raise
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            "root", manifest, "a manifest as aurad generate writes it", "generate the run again"
        ) from error
