# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""What stands for the prepared public radiographs (`DATA` in the documentation): schematic ones of every kind."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from aurad_monai.data.datalist import save_channels, save_image, write_datalist
from tests.conftest import ellipse_chest
from tests.filtering.planted import LEFT_BASE, RIGHT_BASE, masks
from tests.transforms.synthetic_chest import radiograph

KINDS = {
    "normal": {"labels": "No Finding", "rsna_class": "Normal"},
    "boxed": {"labels": "Consolidation", "rsna_class": "Lung Opacity"},
    "composed": {"labels": "Effusion", "rsna_class": ""},
    "unknown": {"labels": "Mass", "rsna_class": "No Lung Opacity / Not Normal"},
}
"""What is known of a prepared radiograph, to what readers and its report say of it."""


def write_drawn(folder: Path, cases: int = 8) -> None:
    """So many radiographs a section, with what the steps of `aurad_monai.default_data` write of theirs."""
    rng, plain, listed = np.random.default_rng(1), radiograph()[0], []
    for index in range(2 * cases):
        kind, side = list(KINDS)[index % 4], (LEFT_BASE, RIGHT_BASE)[index // 4 % 2]
        shown = {"boxed": masks(consolidation=side), "composed": masks(effusion=side)}.get(kind, masks())
        image = plain + 0.15 * shown.max(axis=0) + rng.normal(0, 0.02, plain.shape)
        files = {"image": f"images/{index}.png", "anatomy": f"anatomy/{index}.nii.gz"}
        save_image(folder / files["image"], (255 * image.clip(0, 1)).astype(np.uint8))
        save_channels(folder / files["anatomy"], ellipse_chest())
        if kind != "unknown":
            files["pathology"] = f"pathology/{index}.nii.gz"
            save_channels(folder / files["pathology"], shown)
        rows, columns = side
        box = [edge / 256 for edge in (columns.start, rows.start, columns.stop, rows.stop)]
        boxes = [{"label": "Pneumonia", "box": box}] if kind == "boxed" else []
        patient = {"view": "PA" if index // 2 % 2 else "AP", "sex": "female" if index % 2 else "male"}
        names = {"id": f"d{index}", "record": f"r{index}", "kind": kind, "age": 40 + 5 * (index % 8)}
        listed.append({**names, **files, **KINDS[kind], **patient, "boxes": boxes})
    write_datalist(folder, listed[:cases], listed[cases:])
