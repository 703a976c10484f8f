# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""What stands for the public radiographs: schematic ones, as they are published (`ROOT`) and prepared (`DATA`)."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from aurad_monai import vocabulary
from aurad_monai.data.datalist import save_channels, save_image, write_datalist
from aurad_monai.data.lesion_shapes import is_val
from tests.conftest import ellipse_chest
from tests.filtering.planted import LEFT_BASE, RIGHT_BASE, masks
from tests.transforms.synthetic_chest import PLACES, outline, radiograph

KINDS = {
    "normal": {"labels": "No Finding", "rsna_class": "Normal"},
    "boxed": {"labels": "Consolidation", "rsna_class": "Lung Opacity"},
    "composed": {"labels": "Effusion", "rsna_class": ""},
    "unknown": {"labels": "Mass", "rsna_class": "No Lung Opacity / Not Normal"},
}
"""What is known of a prepared radiograph, to what readers and its report say of it."""


def write_drawn(folder: Path, kinds: Sequence[str] = tuple(KINDS), cases: int = 8) -> None:
    """So many radiographs a section, with what the steps of `aurad_monai.default_data` write of theirs."""
    rng, plain, listed = np.random.default_rng(1), radiograph()[0], []
    for index in range(2 * cases):
        kind, side = kinds[index % len(kinds)], (LEFT_BASE, RIGHT_BASE)[index // 4 % 2]
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


def write_collection(root: Path, cases: int = 6) -> None:
    """The public collection as `aurad_monai/data/public_cxr.py` reads it; half of the radiographs have masks."""
    plain, (left, right, heart), rows = radiograph()[0], ellipse_chest(), []
    maps = {"lungs": left + 2 * right * (1 - left), "pathology": 2 * masks(consolidation=LEFT_BASE).max(axis=0)}
    maps["anatomy"] = np.where(heart, 7, maps["lungs"])
    for name, labels in maps.items():
        save_image(root / f"{name}.png", labels.astype(np.uint8))
    box = [{"label": "Pneumonia", "box": [0.64, 0.7, 0.76, 0.8]}]
    for index in range(cases):
        noise = np.random.default_rng(index).normal(0, 0.02, plain.shape)
        save_image(root / "images" / f"{index}.png", (255 * (plain + noise).clip(0, 1)).astype(np.uint8))
        row = {"id": f"p{index}", "image": f"images/{index}.png", "split": "val" if index < 2 else "train"}
        row |= {"population": "adult", "view": "PA", "sex": "F", "age": "057Y"}
        row |= {name: f"{name}.png" if index % 2 else "" for name in maps}
        known = {"labels": "No Finding", "rsna_class": "Normal", "boxes": ""}
        opacity = {"labels": "Pneumonia", "rsna_class": "Lung Opacity", "boxes": json.dumps(box)}
        rows.append({**row, **(opacity if index % 2 else known)})
    with (root / "manifest.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    chest = {"left_lung": (0.7, 0.16, 0.36), "right_lung": (0.3, 0.16, 0.36), "cardiomediastinum": (0.53, 0.14, 0.2)}
    outlined = [{"label": name, "polygon": _ellipse(*place)} for name, place in chest.items()]
    names = [vocabulary.to_dataset(name, "chestxdet") for name in PLACES]
    found = [{"label": n, "polygon": outline(f).outline.tolist()} for f, n in zip(PLACES, names, strict=True) if n]
    ids = [next(str(number) for number in range(100) if is_val(str(number)) == wanted) for wanted in (False, True)]
    (root / "annotations").mkdir()
    for name, objects in {"covid_outlines": outlined, "chestxdet": found}.items():
        lines = [json.dumps({"id": id_, "width": 256, "height": 256, "objects": objects}) + "\n" for id_ in ids]
        (root / "annotations" / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8")


def _ellipse(x: float, width: float, height: float) -> list[list[float]]:
    """The outline of a structure of `ellipse_chest`."""
    angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    return np.stack([x + width * np.cos(angle), 0.5 + height * np.sin(angle)], axis=-1).tolist()
