# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Training set of the image network: radiographs whose anatomy and pathology are both known.

Takes the public collection and the folder written by `radiographs.anatomy`; writes pairs and datalist.json.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional
from tqdm import tqdm

from aurad_monai import vocabulary
from aurad_monai.datasets.refine_boxes import refine_boxes
from aurad_monai.io.datalist import load_channels, load_image, save_channels, save_image, write_datalist
from aurad_monai.lesions.compose_lesions import ComposeLesionsd
from aurad_monai.lesions.lesion_shapes import LesionShapes
from recipes import public_cxr
from recipes.data.radiographs import case_files
from recipes.images.films import SIZE, outlined

Case = dict[str, Any]
WEIGHTS = {"normal": 2, "outlined": 4, "boxed": 4, "unknown": 4}
"""How often a training case of a kind is listed; each listing is augmented anew."""


def _is_normal(case: Case) -> bool:
    return case["rsna_class"] == "Normal" or (case["labels"] == "No Finding" and not case["boxes"])


def _arrays(folder: Path, case: Case) -> dict[Hashable, Any]:
    return {"image": load_image(folder / case["image"]), "anatomy": load_channels(folder / case["anatomy"])}


def _reduced(arrays: Mapping[Hashable, Any], size: int) -> dict[Hashable, Any]:
    """A case of (C, H, W) arrays brought to (C, size, size) by area; half of a pixel decides about a mask."""
    if not size or arrays["image"].shape[-1] == size:
        return dict(arrays)
    tensors = {key: torch.as_tensor(np.asarray(value, dtype=np.float32))[None] for key, value in arrays.items()}
    small = {key: functional.interpolate(value, (size, size), mode="area")[0] for key, value in tensors.items()}
    return {key: value.numpy() if key == "image" else (value.numpy() >= 0.5) for key, value in small.items()}


def _write_pair(folder: Path, name: str, arrays: Mapping[Hashable, Any], patient: Case) -> Case:
    """Write image, anatomy and pathology, where known, of one training case; returns its line of the datalist."""
    row = {"id": name}
    save_image(folder / "images" / f"{name}.png", np.rint(arrays["image"][0] * 255).astype(np.uint8))
    masks = tuple(key for key in ("anatomy", "pathology") if key in arrays)
    for key in masks:
        save_channels(folder / key / f"{name}.nii.gz", np.asarray(arrays[key]).astype(np.uint8))
    return case_files(row, ("image", *masks)) | patient


def pairs(
    root: str,
    radiographs: str,
    output: str,
    copies: int = 8,
    seed: int = 0,
    sections: tuple[str, ...] = ("training", "validation"),
    size: int = 0,
) -> None:
    """Write what bundle 2 and the findings expert learn from: images whose anatomy and pathology are both known.

    Normal radiographs with an empty mask, `copies` compositions of each with real lesion shapes, radiographs with
    radiologists' outlines, radiographs with radiologists' boxes refined to the opacity in them, and the rest with
    pathology left unknown.

    Args:
        root: the public collection.
        radiographs: the folder that step `anatomy` wrote.
        output: where pairs and datalist go.
        copies: compositions of each normal radiograph.
        seed: of the compositions.
        sections: which to write; one left out stays as an earlier call left it.
        size: edge of what is written in pixels, by default that of `radiographs`. Half of it is best: interpolation
            blurs what a lesion displaces, and the blur is gone once the film is reduced.
    """
    folder = Path(output)
    listed = json.loads((Path(radiographs) / "datalist.json").read_text(encoding="utf-8"))
    earlier = folder / "datalist.json"
    rows = {row["id"]: row for row in public_cxr.manifest(Path(root))}
    records = {record["nih_id"]: record for record in public_cxr.records(Path(root), "chestxdet") if record["image"]}
    cases = {"training": [], "validation": []} | (json.loads(earlier.read_text()) if earlier.is_file() else {})
    for section in sections:
        shapes = LesionShapes.from_jsonl(Path(root) / "annotations" / "chestxdet.jsonl", section)
        compose = ComposeLesionsd(shapes).set_random_state(seed=seed)
        cases[section] = []
        for case in tqdm(listed[section], desc=f"pairs, {section}", mininterval=5):
            known = records.get(case["id"])
            marks = None if known is None else outlined(rows[case["id"]], known, size or SIZE)
            cases[section] += _pairs_of(case, Path(radiographs), folder, compose, (copies, size), marks)
        kinds = [case["kind"] for case in cases[section]]
        if section == "training":  # so that real pathology weighs more against composed lesions
            cases[section] = [case for case in cases[section] for _ in range(WEIGHTS.get(case["kind"], 1))]
        print(section, {kind: kinds.count(kind) for kind in ("normal", "composed", "outlined", "boxed", "unknown")})
    write_datalist(folder, cases["training"], cases["validation"])


def _pairs_of(
    case: Case, source: Path, folder: Path, compose: ComposeLesionsd, options: tuple[int, int], marks: Any
) -> list[Case]:
    """Write the pairs of one radiograph; returns their lines of the datalist. `marks` are outlines or None."""
    (copies, size), arrays, name = options, _arrays(source, case), case["id"]
    patient: Case = {key: case[key] for key in ("patient", "view", "sex", "age") if key in case}
    if marks is not None:
        arrays = _reduced(arrays, size)
        return [_write_pair(folder, name, arrays | {"pathology": marks}, patient | {"kind": "outlined"})]
    empty = np.zeros((len(vocabulary.FINDING_NAMES), *arrays["image"].shape[-2:]), dtype=np.uint8)
    if _is_normal(case):
        plain = _reduced(arrays | {"pathology": empty}, size)
        kept = [_write_pair(folder, name, plain, patient | {"kind": "normal"})]
        for copy in range(copies):
            made = _reduced(compose(arrays | {"pathology": empty}), size)
            kept.append(_write_pair(folder, f"{name}_c{copy}", made, patient | {"kind": "composed"}))
        return kept
    if case["boxes"]:
        arrays = _reduced(arrays, size)
        marked = refine_boxes(arrays["image"][0], arrays["anatomy"], case["boxes"])
        return [_write_pair(folder, name, arrays | {"pathology": marked}, patient | {"kind": "boxed"})]
    if size and arrays["image"].shape[-1] != size:
        return [_write_pair(folder, name, _reduced(arrays, size), patient | {"kind": "unknown"})]
    known = {key: str((source / case[key]).resolve()) for key in ("image", "anatomy")}
    return [{"id": name, **known, **patient, "kind": "unknown"}]
