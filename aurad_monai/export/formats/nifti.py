# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""NIfTI all through: image, anatomy and pathology of a case as volumes with array (x, y, channel)."""

from __future__ import annotations

from pathlib import Path

from aurad_monai.export.case_files import write_json
from aurad_monai.export.formats.format import ExportRun, copy
from aurad_monai.io.datalist import save_channels


def write(run: ExportRun, folder: Path) -> None:
    """ID/image.nii.gz (uint8, 0 to 255), ID/anatomy.nii.gz and ID/pathology.nii.gz (uint8 0/1), and dataset.json."""
    for case in run.cases("nifti"):
        mm = case.spacing or 1.0
        save_channels(folder / case.id / "image.nii.gz", case.pixels[None], (mm, mm))
        for key in ("anatomy", "pathology"):
            copy(case.files[key], folder / case.id / f"{key}.nii.gz")
    write_json(folder / "dataset.json", run.dataset)
