# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Masks as safetensors: a file for every 100 cases, opened without running any code of theirs."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

from safetensors.numpy import save_file

from aurad_monai import vocabulary
from aurad_monai.export.formats.format import ExportRun

CASES_A_FILE = 100


def write(run: ExportRun, folder: Path) -> None:
    """masks-NNNNN.safetensors with ID.anatomy (3, H, W) and ID.pathology (findings, H, W), 0/1; names are metadata."""
    metadata = {
        "anatomy_channels": json.dumps(vocabulary.ANATOMY_NAMES),
        "pathology_channels": json.dumps(vocabulary.FINDING_NAMES),
        "synthetic": "true",
        "licence": str(run.dataset.get("licence")),
    }
    cases = run.cases("safetensors")
    for number in itertools.count():
        group = list(itertools.islice(cases, CASES_A_FILE))
        if not group:
            return
        tensors = {f"{c.id}.{key}": getattr(c, key) for c in group for key in ("anatomy", "pathology")}
        save_file(tensors, folder / f"masks-{number:05d}.safetensors", metadata)
