# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Read the public collection of frontal radiographs and outlines from which the default weights were trained.

The collection is a folder with `manifest.csv` (a row an image: split, population, view, sex, age, labels, lungs,
anatomy, boxes) and `annotations/*.jsonl` (outlines in coordinates 0..1). It is not shipped; the model cards name its
sources.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from aurad_monai.errors import InputError
from aurad_monai.io.frame import square_of, to_frame
from aurad_monai.io.polygon import fill_polygons
from recipes.mediastinum import build_atlas, mediastinum_from_lungs

Row = dict[str, str]


def manifest(root: Path) -> list[Row]:
    """Rows of `manifest.csv` under `root`; raises InputError where there is none."""
    path = Path(root) / "manifest.csv"
    if not path.is_file():
        raise InputError("root", root, "a folder with manifest.csv and annotations/", "see docs/reference/training.md")
    with path.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def records(root: Path, name: str) -> Iterator[dict[str, Any]]:
    """Records of `annotations/NAME.jsonl`, outlines in coordinates 0..1."""
    with (Path(root) / "annotations" / f"{name}.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def framed(picture: Image.Image, size: int) -> npt.NDArray[np.uint8]:
    """A film in the frame of the package, (size, size) uint8."""
    return np.rint(to_frame(np.asarray(picture.convert("L")), size)).astype(np.uint8)


def radiograph(root: Path, row: Row, size: int) -> npt.NDArray[np.uint8]:
    """The image of a row as (size, size) uint8."""
    with Image.open(Path(root) / row["image"]) as picture:
        return framed(picture, size)


def label_map(root: Path, file: str, size: int) -> npt.NDArray[np.uint8]:
    """A label picture of the collection as (size, size) uint8."""
    with Image.open(Path(root) / file) as picture:
        labels = np.asarray(picture)
    framed_labels = np.zeros((size, size), dtype=np.uint8)
    for label in np.unique(labels[labels > 0]):
        framed_labels[to_frame(labels == label, size) >= 0.5] = label
    return framed_labels


def outlined(record: dict[str, Any], labels: Sequence[str], size: int) -> npt.NDArray[np.bool_]:
    """The union of a record's outlines with one of these labels, (size, size) bool."""
    polygons = [o["polygon"] for o in record["objects"] if o["label"] in labels and o["polygon"]]
    return fill_polygons([[(x * size, y * size) for x, y in polygon] for polygon in polygons], (size, size))


def framed_outlines(record: dict[str, Any]) -> dict[str, Any]:
    """A record with its outlines in coordinates 0..1 of the frame of the package."""
    width, height = record["width"], record["height"]
    left, top, side = square_of(width, height)

    def moved(polygon: Sequence[Sequence[float]] | None) -> list[list[float]] | None:
        if not polygon:
            return None
        return [[(x * width - left) / side, (y * height - top) / side] for x, y in polygon]

    return record | {"objects": [item | {"polygon": moved(item["polygon"])} for item in record["objects"]]}


def mediastinum_atlas(root: Path) -> npt.NDArray[np.floating]:
    """Probability atlas of the cardiomediastinum from the outlines of 98 adults of the collection."""
    pairs = []
    for record in records(root, "covid_outlines"):
        lungs = outlined(record, ("left_lung", "right_lung"), 512)
        mediastinum = outlined(record, ("cardiomediastinum",), 512)
        if lungs.any() and mediastinum.any():
            pairs.append((lungs, mediastinum))
    return build_atlas(pairs)


def lungs_and_mediastinum(
    root: Path, row: Row, image: npt.NDArray[np.uint8], atlas: npt.NDArray[np.floating]
) -> npt.NDArray[np.uint8] | None:
    """Anatomy of a row with real lung masks, (3, H, W) uint8, or None where it has none."""
    if not row["lungs"]:
        return None
    labels = label_map(root, row["lungs"], image.shape[-1])
    left, right = labels == 1, labels == 2
    if not (left.any() and right.any()):
        return None
    heart = mediastinum_from_lungs(image / 255.0, left, right, atlas)
    return np.stack([left, right, heart]).astype(np.uint8)
