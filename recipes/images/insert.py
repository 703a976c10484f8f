# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Insert lesions into normal training films: cases whose image and masks of all 13 findings are both known.

    python -m recipes.images.insert --root COLLECTION --films DIR/films256 --output DIR/inserted [--normal 8 --free 1]

In: the part of `recipes.images.films` at 256 x 256. Out: parts OUTPUT256 and OUTPUT128 of the same form, of kind
`inserted`, with shapes of radiologists' polygons of training patients.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import fire
import numpy as np
from tqdm import tqdm

from aurad_monai.lesions.compose_lesions import ComposeLesionsd
from aurad_monai.lesions.lesion_shapes import LesionShapes
from recipes import public_cxr
from recipes.images.films import NAMES, Part, context, pack, patient, unpack


def shapes_of_training(root: Path) -> LesionShapes:
    """Polygons of records that are neither validation shapes nor of validation patients."""
    library = LesionShapes.from_jsonl(root / "annotations" / "chestxdet.jsonl", "training")
    held = {record["id"] for record in public_cxr.records(root, "chestxdet") if record.get("split") == "val"}
    return LesionShapes([record for record in library.records if record.id not in held])


def main(
    root: str, films: str, output: str, normal: int = 8, free: int = 1, findings: Sequence[str] = (), seed: int = 0
) -> None:
    """Write the parts.

    Args:
        root: the collection.
        films: part at 256 x 256.
        output: path of the parts without their size.
        normal: insertions into each film that radiologists read as normal.
        free: insertions into each other film labeled "No Finding".
        findings: insert only these; none means all.
        seed: of all choices.
    """
    known: dict[str, Any] = dict(np.load(Path(films) / "known.npz"))
    images, masks, extras = (np.load(Path(films) / f"{n}.npy", mmap_mode="r") for n in ("images", "masks", "extras"))
    copies = np.where(known["kind"] == "normal", normal, np.where(known["kind"] == "no finding", free, 0))
    sources = np.repeat(np.arange(len(images)), copies * (known["split"] == "train"))
    compose = ComposeLesionsd(shapes_of_training(Path(root)), findings=tuple(findings) or None)
    compose.set_random_state(seed=seed)
    rows = {row["id"]: row for row in public_cxr.manifest(Path(root))}
    parts = [Part(Path(f"{output}{size}"), len(sources), size) for size in (256, 128)]
    present = np.full((len(sources), len(NAMES)), -1, dtype=np.int8)
    tokens = np.zeros((len(sources), *known["context"].shape[1:]), dtype=np.float16)
    for number, source in enumerate(tqdm(sources, desc="insert", mininterval=5)):
        anatomy, empty = unpack(np.asarray(masks[source]))
        case = {"image": images[source][None].astype(np.float32) / 255, "anatomy": anatomy, "pathology": empty}
        made = compose(case)
        image, anatomy, pathology = (np.asarray(made[key]) for key in ("image", "anatomy", "pathology"))
        present[number] = np.where(pathology.any((1, 2)), 1, -1)
        given, who = np.ones(len(NAMES)), patient(rows[str(known["id"][source])])
        tokens[number] = context(pathology, anatomy, given, present[number], who)
        halves = image[0].reshape(128, 2, 128, 2).mean((1, 3))
        for part, picture in zip(parts, (image[0], halves), strict=True):
            eight_bits = np.rint(picture * 255).astype(np.uint8)
            part.write(number, eight_bits, pack(anatomy, pathology), np.asarray(extras[source]))
    table = {key: known[key][sources] for key in ("id", "split", "native")}
    table["id"] = np.array([f"{name}_i{number}" for number, name in enumerate(table["id"])])
    table["split"] = np.where((present > 0).any(1), table["split"], "out")
    table |= {"kind": np.full(len(sources), "inserted"), "given": np.ones_like(present), "present": present}
    for part in parts:
        part.close(table | {"context": tokens})


if __name__ == "__main__":
    fire.Fire(main)
