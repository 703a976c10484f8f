# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Insert lesions into normal training films: cases whose image and masks of all 13 findings are both known.

    python -m recipes.images.insert --root COLLECTION --films DIR/films512 --output DIR/inserted [--normal 8 --free 1]

In: the part of `recipes.images.films` at 512 x 512: there lesions are inserted, then image and masks are averaged down,
as a change of resolution alone would otherwise tell. Out: parts OUTPUT256 and OUTPUT128 of the same form, of kind
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
from recipes.images.films import NAMES, Part, context, halved, pack, patient, unpack

BALANCE = 0.8
"""Share of the insertions whose outlined radiograph is chosen by a finding drawn evenly."""


def shapes_of_training(root: Path) -> LesionShapes:
    """Polygons of records that are neither validation shapes nor of validation patients."""
    library = LesionShapes.from_jsonl(root / "annotations" / "chestxdet.jsonl", "training")
    held = {record["id"] for record in public_cxr.records(root, "chestxdet") if record.get("split") == "val"}
    return LesionShapes([record for record in library.records if record.id not in held])


def main(
    root: str, films: str, output: str, normal: float = 8, free: float = 1, findings: Sequence[str] = (), seed: int = 0
) -> None:
    """Write the parts.

    Args:
        root: the collection.
        films: part at 512 x 512.
        output: path of the parts without their size.
        normal: mean number of insertions into each film that radiologists read as normal.
        free: insertions into each other film labeled "No Finding".
        findings: insert only these; none means all.
        seed: of all choices.
    """
    known: dict[str, Any] = dict(np.load(Path(films) / "known.npz"))
    images, masks, extras = (np.load(Path(films) / f"{n}.npy", mmap_mode="r") for n in ("images", "masks", "extras"))
    copies = np.where(known["kind"] == "normal", normal, np.where(known["kind"] == "no finding", free, 0))
    rng = np.random.default_rng(seed)
    sources = np.repeat(np.arange(len(images)), rng.poisson(copies) * (known["split"] == "train"))
    compose = ComposeLesionsd(shapes_of_training(Path(root)), findings=tuple(findings) or None, balance=BALANCE)
    rows = {row["id"]: row for row in public_cxr.manifest(Path(root))}
    parts = [Part(Path(f"{output}{size}"), len(sources), size) for size in (256, 128)]
    present = np.full((len(sources), len(NAMES)), -1, dtype=np.int8)
    tokens = np.zeros((len(sources), *known["context"].shape[1:]), dtype=np.float16)
    for number, source in enumerate(tqdm(sources, desc="insert", mininterval=5)):
        anatomy, empty = unpack(np.asarray(masks[source]))
        case = {"image": images[source][None].astype(np.float32) / 255, "anatomy": anatomy, "pathology": 0 * empty}
        made = compose.set_random_state(seed=seed * len(sources) + number)(case)
        bits = halved(pack(np.asarray(made["anatomy"]), np.asarray(made["pathology"])), 16)
        anatomy, pathology = unpack(bits)
        present[number] = np.where(pathology.any((1, 2)), 1, -1)
        given, who = np.ones(len(NAMES)), patient(rows[str(known["id"][source])])
        tokens[number] = context(pathology, anatomy, given, present[number], who)
        for part in parts:
            factor = images.shape[-1] // part.size
            blocks = np.asarray(made["image"])[0].reshape(part.size, factor, part.size, factor)
            picture = np.rint(blocks.mean((1, 3)) * 255).astype(np.uint8)
            part.write(number, picture, bits, halved(np.asarray(extras[source]), 2))
    table = {key: known[key][sources] for key in ("id", "split", "native")}
    table["id"] = np.array([f"{name}_i{number}" for number, name in enumerate(table["id"])])
    table["split"] = np.where((present > 0).any(1), table["split"], "out")
    table |= {"kind": np.full(len(sources), "inserted"), "given": np.ones_like(present), "present": present}
    for part in parts:
        part.close(table | {"context": tokens})


if __name__ == "__main__":
    fire.Fire(main)
