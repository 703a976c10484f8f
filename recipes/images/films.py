# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Prepare the adult films of the public collection for the cascade: frame, masks, and what is known of each finding.

    python -m recipes.images.films --root COLLECTION --output DIR [--strays FILE]

In: the collection (`recipes.public_cxr`). Out: parts DIR/films512, films256 and films128, each with images.npy
(N, S, S) uint8, masks.npy uint16 (bits: anatomy 3, findings 13), extras.npy uint8 (bits: inside of the film, letters
and devices) and known.npz (id, split, kind, native, given, present, context). Films are padded to a square as users'
films are; every size is an area average. One in twenty training patients is kept out (`hold`) for early stopping.
"""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path
from typing import Any

import fire
import numpy as np
from PIL import Image
from scipy import ndimage
from tqdm import tqdm

from aurad_monai import vocabulary
from aurad_monai.anatomy.findings_from_masks import findings_from_masks
from aurad_monai.datasets.marks import Outline, box
from aurad_monai.datasets.refine_boxes import refine_regions
from aurad_monai.experts.anatomy import AnatomyExpert
from aurad_monai.io.frame import to_square
from aurad_monai.prompts.context import COLUMNS, encode_context
from aurad_monai.prompts.finding import ClinicalFindings, Finding
from recipes import public_cxr

SIZE = 256
SIZES = (512, SIZE, 128)
NAMES = vocabulary.FINDING_NAMES
BOXES = {
    "Lung Opacity": "consolidation",
    "Pneumonia": "consolidation",
    "Infiltrate": "consolidation",
    "Effusion": "effusion",
    "Mass": "mass",
    "Pneumothorax": "pneumothorax",
    "Cardiomegaly": "cardiomegaly",
    "Atelectasis": "atelectasis",
    "Nodule": "nodule",
}
"""Labels of radiologists' boxes."""
OPACITIES = ("Infiltration", "Edema")
"""Text-mined labels that are read as consolidation."""
MIN_LUNG = 0.02
"""Share of the frame that each lung has at least; a film with less is left out."""
HOLD_ONE_IN = 20

Array = np.ndarray
Row = dict[str, str]


def section(row: Row) -> str:
    """train, hold or val of a row, by patient."""
    digest = int(hashlib.sha256(f"hold{row['patient']}".encode()).hexdigest(), 16)
    return "hold" if row["split"] == "train" and digest % HOLD_ONE_IN == 0 else row["split"]


def framed(path: Path) -> Image.Image:
    """A picture in the square frame of the package, 32-bit floating point."""
    with Image.open(path) as picture:
        return Image.fromarray(to_square(np.asarray(picture.convert("L"), dtype=np.float32)))


def resized(frame: Image.Image, size: int) -> Array:
    """(size, size) uint8: the area average, or cubic interpolation of a frame that is smaller."""
    way = Image.Resampling.BOX if size <= frame.width else Image.Resampling.BICUBIC
    return np.rint(np.asarray(frame.resize((size, size), way))).clip(0, 255).astype(np.uint8)


def pack(anatomy: Array, pathology: Array) -> Array:
    """Masks (3, H, W) and (13, H, W) as bits (H, W) uint16."""
    planes = np.concatenate([anatomy > 0, pathology > 0]).astype(np.uint16)
    return (planes << np.arange(16, dtype=np.uint16)[:, None, None]).sum(0, dtype=np.uint16)


def unpack(bits: Array) -> tuple[Array, Array]:
    """The inverse of `pack`, uint8."""
    planes = ((bits[None] >> np.arange(16, dtype=np.uint16)[:, None, None]) & 1).astype(np.uint8)
    return planes[:3], planes[3:]


def halved(bits: Array, count: int) -> Array:
    """Bits at half the size: set where two of four pixels are."""
    half = bits.shape[0] // 2
    planes = [((bits >> k) & 1).reshape(half, 2, half, 2).sum((1, 3)) >= 2 for k in range(count)]
    return np.sum([plane.astype(bits.dtype) << k for k, plane in enumerate(planes)], axis=0).astype(bits.dtype)


def inside(image: Array, row: Row) -> Array:
    """Where the frame shows the film: neither padding nor a bar of one shade along a border, (H, W) bool."""
    kept = np.ones(image.shape, dtype=bool)
    width, height = int(row["width"]), int(row["height"])
    pads = [round((max(width, height) - edge) / 2 * SIZE / max(width, height)) for edge in (height, width)]
    for axis, lines in enumerate((image, image.T)):
        other = pads[1 - axis]
        middle = lines[:, other : SIZE - other]
        flat = (np.ptp(middle, axis=1) <= 8) & ((middle.mean(1) < 6) | (middle.mean(1) > 249))
        view = kept if axis == 0 else kept.T
        first, last = int(np.argmin(flat)), int(np.argmin(flat[::-1]))
        view[: max(first, pads[axis])] = False
        view[SIZE - max(last, pads[axis]) :] = False
    return kept


def letters_and_devices(image: Array, lungs: Array) -> Array:
    """Small and much brighter than what surrounds it; near the chest wall only what is nearly white, (H, W) bool."""
    values = image.astype(np.float32) / 255
    raised = values - ndimage.grey_opening(values, size=(13, 13))
    near = ndimage.binary_dilation(lungs, iterations=10)
    found = (raised > 0.22) & (values > 0.55) & (~near | (raised > 0.4))
    labels, count = ndimage.label(found)
    areas = ndimage.sum(found, labels, range(1, count + 1))
    kept = [number + 1 for number in range(count) if 2 <= areas[number] <= 900]
    return ndimage.binary_dilation(np.isin(labels, kept), iterations=2)


def _labels(row: Row) -> Array:
    """Present (1) by text-mined labels, and radiologists' word on opacities; 0 is unknown: (13,) int8."""
    present = np.zeros(len(NAMES), dtype=np.int8)
    labels = row["labels"].split("|")
    for label in labels:
        for name in vocabulary.from_dataset(label, "nih"):
            present[vocabulary.channel(name)] = 1
    if set(labels) & set(OPACITIES):
        present[vocabulary.channel("consolidation")] = 1
    if row["rsna_class"] not in ("", "Normal"):
        present[vocabulary.channel("consolidation")] = 1 if row["rsna_class"] == "Lung Opacity" else -1
    return present


def _ellipse(name: str, x0: float, y0: float, x1: float, y1: float) -> Outline:
    angles = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    points = np.stack([(x0 + x1) / 2 + (x1 - x0) / 2 * np.cos(angles), (y0 + y1) / 2 + (y1 - y0) / 2 * np.sin(angles)])
    return Outline(name, tuple((float(x), float(y)) for x, y in points.T), (1, 1), boxed=True)


def _boxed(row: Row, image: Array, anatomy: Array) -> Array:
    """Masks of radiologists' boxes, an ellipse for what is round: (13, H, W)."""
    shape, regions = (int(row["height"]), int(row["width"])), []
    for item in json.loads(row["boxes"]):
        name = BOXES.get(item["label"])
        mark = (
            _ellipse(name, *item["box"]) if name in ("mass", "nodule") else box(str(name), *item["box"], extent=(1, 1))
        )
        regions.append((name, mark.draw(shape, SIZE)))
    return refine_regions(image.astype(np.float32) / 255, anatomy, regions)


def outlined(row: Row, record: dict[str, Any], size: int = SIZE) -> Array:
    """Masks of radiologists' polygons, (13, size, size) uint8."""
    masks, shape = np.zeros((len(NAMES), size, size), dtype=np.uint8), (int(row["height"]), int(row["width"]))
    for item in record["objects"]:
        for name in vocabulary.from_dataset(item["label"], "chestxdet")[:1]:
            outline = Outline(name, tuple((float(x), float(y)) for x, y in item["polygon"]), (1, 1))
            masks[vocabulary.channel(name)] |= outline.draw(shape, size)
    return masks


def known(row: Row, image: Array, anatomy: Array, records: dict[str, Any]) -> tuple[str, Array, Array, Array]:
    """Kind of a film, its pathology masks, which of them are given, and which findings are present."""
    pathology, present = np.zeros((len(NAMES), SIZE, SIZE), dtype=np.uint8), _labels(row)
    given = (present < 0).astype(np.uint8)
    if row["chestxdet_id"]:
        pathology = outlined(row, records["chestxdet_" + row["chestxdet_id"].removeprefix("chestxdet_")])
        return "polygons", pathology, np.ones_like(given), np.where(pathology.any((1, 2)), 1, -1).astype(np.int8)
    if row["rsna_class"] == "Normal" or (row["labels"] == "No Finding" and row["boxes"] in ("", "[]")):
        kind = "normal" if row["rsna_class"] == "Normal" else "no finding"
        return kind, pathology, np.ones_like(given), np.full_like(present, -1)
    if row["boxes"] not in ("", "[]"):
        pathology = _boxed(row, image, anatomy)
        drawn = pathology.any((1, 2))
        return "boxes", pathology, (given | drawn).astype(np.uint8), np.where(drawn, 1, present).astype(np.int8)
    return "unknown", pathology, given, present


def patient(row: Row) -> dict[str, Any]:
    """View, sex and age as the vocabulary has them."""
    digits = "".join(c for c in row["age"] if c.isdigit())
    age = int(digits) if digits and 0 < int(digits) <= 110 else None
    return {
        "view": "PA" if row["view"] == "PA" else "AP",
        "sex": {"F": "female", "M": "male"}.get(row["sex"]),
        "age": age,
    }


def context(pathology: Array, anatomy: Array, given: Array, present: Array, who: dict[str, Any]) -> Array:
    """Tokens of what masks show, as when radiographs are sampled, and of findings known by a label alone."""
    items = list(findings_from_masks(pathology, anatomy).findings)
    shown = {item.name for item in items}
    items += [Finding(n) for i, n in enumerate(NAMES) if present[i] > 0 and not given[i] and n not in shown]
    tokens = encode_context(ClinicalFindings(tuple(items[:15]), **who))
    if not given.any() and not items:
        tokens[-1, COLUMNS["given"]] = 0
    return tokens.numpy().astype(np.float16)


class Part:
    """Arrays of a part, written case by case.

    Args:
        folder: where.
        count: of cases.
        size: edge of the images.
    """

    def __init__(self, folder: Path, count: int, size: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.size = folder, size
        kinds = {"images": np.uint8, "masks": np.uint16, "extras": np.uint8}
        self.arrays = {
            name: np.lib.format.open_memmap(folder / f"{name}.npy", "w+", kind, (count, size, size))
            for name, kind in kinds.items()
        }

    def write(self, number: int, image: Array, masks: Array, extras: Array) -> None:
        """Image at the size of the part, bits at 256 x 256."""
        if self.size < SIZE:
            masks, extras = halved(masks, 16), halved(extras, 2)
        if self.size > SIZE:
            masks, extras = (a.repeat(self.size // SIZE, 0).repeat(self.size // SIZE, 1) for a in (masks, extras))
        for name, value in zip(self.arrays, (image, masks, extras), strict=True):
            self.arrays[name][number] = value

    def close(self, table: dict[str, Array]) -> None:
        """Write what is known."""
        for array in self.arrays.values():
            array.flush()
        np.savez(self.folder / "known.npz", **table)


def _strays(path: str) -> set[str]:
    if not path:
        return set()
    with Path(path).open(encoding="utf-8") as lines:
        return {row["id"] for row in csv.DictReader(lines)}


def main(root: str, output: str, strays: str = "", bundle: str = "bundles/cxr_expert_filter") -> None:
    """Write the parts.

    Args:
        root: the collection.
        output: where the parts go.
        strays: CSV with the `id` of films that are no frontal chest radiographs; they are left out.
        bundle: filter bundle whose expert finds the anatomy.
    """
    rows = [row for row in public_cxr.manifest(Path(root)) if row["population"] == "adult"]
    records = {record["id"]: record for record in public_cxr.records(Path(root), "chestxdet")}
    expert, left_out = AnatomyExpert.from_bundle(bundle), _strays(strays)
    parts = [Part(Path(output) / f"films{size}", len(rows), size) for size in SIZES]
    table: dict[str, list[Any]] = {key: [] for key in ("id", "split", "kind", "native", "given", "present", "context")}
    for number, row in enumerate(tqdm(rows, desc="films", mininterval=5)):
        frame = framed(Path(root) / row["image"])
        image = resized(frame, SIZE)
        anatomy = expert(image[None, None].astype(np.float32) / 255)[0]
        kind, pathology, given, present = known(row, image, anatomy, records)
        extras = inside(image, row) + 2 * letters_and_devices(image, (anatomy[0] | anatomy[1]) > 0).astype(np.uint8)
        for part in parts:
            part.write(number, resized(frame, part.size), pack(anatomy, pathology), extras.astype(np.uint8))
        usable = min(anatomy[0].mean(), anatomy[1].mean()) >= MIN_LUNG and row["id"] not in left_out
        values = (row["id"], section(row) if usable else "out", kind, frame.width, given, present)
        for key, value in zip(table, (*values, context(pathology, anatomy, given, present, patient(row))), strict=True):
            table[key].append(value)
    for part in parts:
        part.close({key: np.array(values) for key, values in table.items()})


if __name__ == "__main__":
    fire.Fire(main)
