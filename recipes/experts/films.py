# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The real adult radiographs the experts learn from, with all that is known of the findings on them.

In goes the folder of the public collection, out come frames, presence of each finding by source, and outlines.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from aurad_monai import vocabulary
from aurad_monai.io.frame import to_frame
from recipes.public_cxr import Row, manifest, records

FINDINGS = vocabulary.FINDING_NAMES
TEXT = {
    "Atelectasis": "atelectasis",
    "Cardiomegaly": "cardiomegaly",
    "Consolidation": "consolidation",
    "Edema": "consolidation",
    "Effusion": "effusion",
    "Emphysema": "emphysema",
    "Fibrosis": "fibrosis",
    "Infiltration": "consolidation",
    "Mass": "mass",
    "Nodule": "nodule",
    "Pleural_Thickening": "pleural_thickening",
    "Pneumonia": "consolidation",
    "Pneumothorax": "pneumothorax",
}
"""Text-mined labels of NIH; the four that mean an opacity are one finding."""
BOXES = {**TEXT, "Infiltrate": "consolidation", "Lung Opacity": "consolidation"}
"""Labels of radiologists' boxes."""
OUTLINES = {name.title().replace("_", " "): name for name in FINDINGS}
"""Labels of ChestX-Det."""
UNNAMED = ("calcification", "diffuse_nodule", "fracture")
"""Findings the text-mined labels have no word for."""
HELD_OUT = "held-out evaluator"
"""Salt of the patients the held-out evaluator learns from."""

Floats = npt.NDArray[np.float32]
Point = tuple[float, float]


@dataclass(frozen=True)
class Mark:
    """Where a reader saw a finding.

    Args:
        finding: its name.
        polygon: corners as fractions of the square frame.
        box: whether it is a box, whose corners hold healthy lung.
    """

    finding: str
    polygon: tuple[Point, ...]
    box: bool


@dataclass(frozen=True)
class Film:
    """A radiograph and what is known of it.

    Args:
        row: of the manifest.
        text: finding to 1 or 0 by text-mined labels; missing where they cannot know.
        read: finding to 1 or 0 by readers: ChestX-Det, the reading of RSNA, boxes.
        marks: readers' outlines and boxes.
    """

    row: Row
    text: dict[str, float]
    read: dict[str, float]
    marks: tuple[Mark, ...]

    @property
    def id(self) -> str:
        """Its id in the manifest."""
        return self.row["id"]

    @property
    def patient(self) -> str:
        """No patient is in two splits."""
        return self.row["patient"]

    @property
    def validation(self) -> bool:
        """Whether it is measured on and never learned from."""
        return self.row["split"] == "val"

    @property
    def nih(self) -> bool:
        """Whether it has text-mined labels at all."""
        return self.row["source"].startswith("NIH")

    def frame(self, root: Path, size: int) -> npt.NDArray[np.uint8]:
        """(size, size), framed as the package frames its users' radiographs."""
        with Image.open(root / self.row["image"]) as picture:
            return np.rint(to_frame(np.asarray(picture.convert("L")), size)).astype(np.uint8)


def read_films(root: Path, limit: int = 0) -> list[Film]:
    """Adult radiographs of the collection in the order of its manifest, all or so many from everywhere in it."""
    outlined = {record["nih_id"]: record for record in records(root, "chestxdet") if record["image"]}
    adults = [row for row in manifest(root) if row["population"] == "adult"]
    if 0 < limit < len(adults):
        adults = [adults[round(index)] for index in np.linspace(0, len(adults) - 1, limit)]
    return [_film(row, outlined.get(row["id"])) for row in adults]


def in_part(patient: str, salt: str, share: float) -> bool:
    """Whether a patient is in a part of the patients that depends on nothing but the salt."""
    return hashlib.sha256(f"{salt} {patient}".encode()).digest()[0] < 256 * share


def raster(marks: list[Mark], size: int, detail: int = 8) -> Floats:
    """Share of each cell of a (size, size) frame that the marks cover."""
    picture = Image.new("L", (size * detail, size * detail))
    for mark in marks:
        ImageDraw.Draw(picture).polygon([(x * size * detail, y * size * detail) for x, y in mark.polygon], fill=255)
    cells = np.asarray(picture, dtype=np.float32).reshape(size, detail, size, detail)
    return np.asarray(cells.mean((1, 3)) / 255, dtype=np.float32)


def _film(row: Row, outlined: dict[str, object] | None) -> Film:
    labels = row["labels"].split("|")
    text = {name: 0.0 for name in FINDINGS if name not in UNNAMED} if row["source"].startswith("NIH") else {}
    text |= {TEXT[label]: 1.0 for label in labels if label in TEXT and text}
    read, marks = _reading(row["rsna_class"]), []
    if outlined:
        read = dict.fromkeys(FINDINGS, 0.0) | {name: value for name, value in read.items() if value}
        for item in outlined["objects"]:  # type: ignore[attr-defined]
            if item["label"] in OUTLINES:
                marks.append(Mark(OUTLINES[item["label"]], _framed(row, item["polygon"]), box=False))
    for item in json.loads(row["boxes"] or "[]"):
        left, top, right, bottom = item["box"]
        corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
        marks.append(Mark(BOXES[item["label"]], _framed(row, corners), box=True))
    return Film(row, text, read | {mark.finding: 1.0 for mark in marks}, tuple(marks))


def _reading(reading: str) -> dict[str, float]:
    """RSNA's class Normal rules everything out, the other two speak of opacities alone."""
    if reading == "Normal":
        return dict.fromkeys(FINDINGS, 0.0)
    return {"consolidation": float(reading == "Lung Opacity")} if reading else {}


def _framed(row: Row, points: list[Point]) -> tuple[Point, ...]:
    """Fractions of the picture to fractions of its square frame."""
    width, height = float(row["width"]), float(row["height"])
    side = max(width, height)
    left, top = (side - width) / 2, (side - height) / 2
    return tuple(((x * width + left) / side, (y * height + top) / side) for x, y in points)
