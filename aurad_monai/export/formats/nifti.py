# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""NIfTI all through: image (x, y, 1), anatomy and pathology (x, y, 1, channel) of a case, x to the patient's left."""

from __future__ import annotations

from pathlib import Path

from aurad_monai.export.case_files import write_json
from aurad_monai.export.formats.format import ExportRun, copy
from aurad_monai.io.nifti_array import save_nifti


def write(run: ExportRun, folder: Path) -> None:
    """ID/image.nii.gz (uint8, 0 to 255), ID/anatomy.nii.gz and ID/pathology.nii.gz (uint8 0/1), and dataset.json."""
    for case in run.cases("nifti"):
        save_nifti(folder / case.id / "image.nii.gz", case.pixels.T[:, :, None], case.spacing)
        for key in ("anatomy", "pathology"):
            copy(case.files[key], folder / case.id / f"{key}.nii.gz")
    write_json(folder / "dataset.json", run.dataset)
