# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""DICOM: each case a study of a Secondary Capture image and segmentations of it, marked as synthetic in every way.

One object for both lungs, one for the cardiomediastinum and one for each finding: viewers such as OHIF keep one segment
a pixel, and what overlaps in one object would be lost there.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from aurad_monai import vocabulary
from aurad_monai.export.dicom_image import case_uids, make_image
from aurad_monai.export.dicom_segmentation import Equipment, make_segmentations
from aurad_monai.export.formats.format import ExportRun


def write(run: ExportRun, folder: Path) -> None:
    """ID/image.dcm, ID/lungs.dcm, ID/cardiomediastinum.dcm and ID/FINDING.dcm of each finding that has a mask."""
    equipment = Equipment.of(run.dataset)
    names = (*vocabulary.ANATOMY_NAMES, *vocabulary.FINDING_NAMES)
    for case in run.cases("dicom"):
        place, uid = folder / case.id, case_uids(case)
        place.mkdir()
        image = make_image(case, equipment, uid)
        image.save_as(place / "image.dcm")
        masks = dict(zip(names, np.concatenate(case.masks), strict=True))
        for name, segmentation in make_segmentations(image, masks, equipment, uid).items():
            segmentation.save_as(place / f"{name}.dcm")
