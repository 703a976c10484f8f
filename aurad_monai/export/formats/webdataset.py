# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""webdataset: tar shards that stream into training; a sample is ID.png, ID.masks.npz and ID.json."""

from __future__ import annotations

from pathlib import Path

import webdataset

from aurad_monai.export.case_files import write_json
from aurad_monai.export.formats.format import ExportRun

CASES_A_SHARD = 1000
BYTES_A_SHARD = 10**9


def write(run: ExportRun, folder: Path) -> None:
    """shard-NNNNNN.tar; masks.npz holds anatomy and pathology, json the line of the manifest."""
    pattern = str(folder / "shard-%06d.tar")
    with webdataset.ShardWriter(pattern, CASES_A_SHARD, BYTES_A_SHARD, verbose=0, mtime=0) as writer:
        for case in run.cases("webdataset"):
            writer.write(
                {
                    "__key__": case.id,
                    "png": case.files["image"].read_bytes(),
                    "masks.npz": dict(zip(("anatomy", "pathology"), case.masks, strict=True)),
                    "txt": case.caption,
                    "json": dict(case.record),
                }
            )
    write_json(folder / "dataset.json", run.dataset)
