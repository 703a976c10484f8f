# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Is an inserted lesion seen? The same normal film with and without it, before a referee trained on real films.

    python -m recipes.figures.insertion_shown --root ROOT --referee MODULE:FUNCTION --output runs/insertion_shown.json \
        [--split val] [--count 48] [--size 512] [--findings A,B] [--sheets DIR]

ROOT is the public collection; FUNCTION takes films (N, H, W) in [0, 1] and gives {finding: (N,) probabilities}. Shown
is the share of pairs in which the film with the lesion scores higher; the effect, in standard deviations of the normal
films' log odds, stands beside that of real films with the finding. DIR gets one sheet a finding: before, after,
outlined and a real film, a row each. Lesions are inserted at SIZE pixels; at 256 the blur of what they displace weighs
more.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import fire
import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy.special import logit
from tqdm import tqdm

from aurad_monai import vocabulary
from aurad_monai.bundles.inventory import bundles_root
from aurad_monai.experts.anatomy import AnatomyExpert
from aurad_monai.files import write_json
from aurad_monai.lesions.compose_lesions import LESION_TRANSFORMS
from aurad_monai.lesions.lesion_shapes import LesionShapes
from aurad_monai.lesions.lesion_transform import LesionTransformd
from aurad_monai.reporting import outline
from aurad_monai.statistics import auroc, wilson
from recipes import public_cxr

Films = npt.NDArray[np.floating[Any]]
Referee = Callable[[Films], dict[str, npt.NDArray[Any]]]
BOXED = {"mass": "Mass", "nodule": "Nodule", "consolidation": "Pneumonia"}
"""labels of the boxes where they are not the NIH label"""
ROWS = 6
"""of a sheet"""
TILE = 440
"""edge of a picture of a sheet, in pixels"""
MOST_REAL = 60
"""real films with a finding that are scored"""


def referee_of(name: str) -> Referee:
    """The function that MODULE:FUNCTION names."""
    module, function = name.split(":")
    found: Referee = getattr(importlib.import_module(module), function)
    return found


def log_odds(referee: Referee, films: Sequence[Films], batch: int = 16) -> dict[str, npt.NDArray[np.float64]]:
    """What the referee gives for each finding, (N,) each; empty of no films."""
    parts = [referee(np.stack(films[start : start + batch])) for start in range(0, len(films), batch)]
    if not parts:
        return {name: np.zeros(0) for name in vocabulary.FINDING_NAMES}
    joined = {name: np.concatenate([part[name] for part in parts]).astype(np.float64) for name in parts[0]}
    return {name: np.asarray(logit(np.clip(odds, 1e-9, 1 - 1e-9))) for name, odds in joined.items()}


def real_films(root: Path, rows: Sequence[public_cxr.Row], finding: str) -> list[public_cxr.Row]:
    """Films on which radiologists boxed or outlined the finding."""
    outlined = {
        record["id"].removeprefix("chestxdet_")
        for record in public_cxr.records(root, "chestxdet")
        if any(item["label"] == vocabulary.to_dataset(finding, "chestxdet") for item in record["objects"])
    }
    label = BOXED.get(finding) or vocabulary.to_dataset(finding, "nih")
    return [
        row
        for row in rows
        if row["chestxdet_id"].removeprefix("chestxdet_") in outlined
        or any(box["label"] == label for box in json.loads(row["boxes"] or "[]"))
    ]


def film_of(root: Path, row: public_cxr.Row, size: int) -> Films:
    """The film of a row of the manifest, (size, size) in [0, 1]."""
    return np.asarray(public_cxr.radiograph(root, row, size) / 255, dtype=np.float32)


def pairs_of(
    transform: LesionTransformd, normals: Sequence[dict[str, Any]], count: int, seed: int
) -> Iterator[tuple[int, Films, npt.NDArray[np.bool_]]]:
    """Index of a normal film, the film with the finding, and the mask; films in which no shape fits are left out."""
    generator, made = np.random.default_rng(seed), 0
    for turn, index in enumerate(np.concatenate([generator.permutation(len(normals)) for _ in range(8)])):
        if made == count:
            return
        transform.set_random_state(seed * 100_000 + turn)
        case = transform(normals[int(index)])
        mask = np.asarray(case["pathology"][vocabulary.channel(transform.finding)] > 0)
        if mask.any():
            made += 1
            yield int(index), case["image"][0], mask


def figures(
    before: npt.NDArray[Any], after: npt.NDArray[Any], normal: npt.NDArray[Any], real: npt.NDArray[Any]
) -> dict[str, float | int]:
    """What is reported of a finding, from the referee's log odds."""
    shown, spread = int((after > before).sum()), float(normal.std())
    low, high = wilson(shown, len(after))
    return {
        "pairs": len(after),
        "shown": shown / max(len(after), 1),
        "low": low,
        "high": high,
        "effect": float((after - before).mean()) / spread,
        "real_films": len(real),
        "real_effect": float(real.mean() - normal.mean()) / spread if len(real) else float("nan"),
        "real_auroc": auroc(real, normal) if len(real) else float("nan"),
    }


def sheet(rows: Sequence[Sequence[Films]], masks: Sequence[npt.NDArray[np.bool_]], path: Path) -> None:
    """Write rows of before, after, outlined, real."""
    canvas = Image.new("RGB", (4 * TILE, len(rows) * TILE))
    for number, (films, mask) in enumerate(zip(rows, masks, strict=True)):
        before, after, *real = [np.repeat(np.rint(film * 255).astype(np.uint8)[..., None], 3, axis=2) for film in films]
        outlined = after.copy()
        outlined[outline(mask)] = (255, 80, 80)
        for place, picture in enumerate([before, after, outlined, *real]):
            tile = Image.fromarray(picture).resize((TILE, TILE), Image.Resampling.LANCZOS)
            canvas.paste(tile, (place * TILE, number * TILE))
    path.parent.mkdir(parents=True, exist_ok=True)
    canvas.save(path)


def main(
    root: str,
    referee: str,
    output: str,
    split: str = "val",
    count: int = 48,
    size: int = 512,
    findings: str | tuple[str, ...] = (),
    sheets: str = "",
    seed: int = 0,
) -> None:
    """Insert, score, print the table and write it; see the head of this file."""
    judge, folder = referee_of(referee), Path(root)
    rows = [row for row in public_cxr.manifest(folder) if row["split"] == split and row["population"] == "adult"]
    section = "training" if split == "train" else "validation"
    shapes = LesionShapes.from_jsonl(folder / "annotations" / "chestxdet.jsonl", section)
    expert = AnatomyExpert.from_bundle(bundles_root() / "cxr_expert_filter")

    normals = []
    for row in tqdm([row for row in rows if row["rsna_class"] == "Normal"], desc="normal films"):
        image = film_of(folder, row, size)
        normals.append({"image": image[None], "anatomy": expert(image[None, None])[0]})
    plain = log_odds(judge, [case["image"][0] for case in normals])
    found: dict[str, Any] = {}
    wanted = findings.split(",") if isinstance(findings, str) else findings
    for kind in LESION_TRANSFORMS:
        name = kind.finding
        if wanted and name not in wanted:
            continue
        pairs = list(pairs_of(kind(shapes), normals, count, seed))
        real = [film_of(folder, row, size) for row in real_films(folder, rows, name)[:MOST_REAL]]
        after, shown = (log_odds(judge, films)[name] for films in ([pair[1] for pair in pairs], real))
        found[name] = figures(plain[name][[pair[0] for pair in pairs]], after, plain[name], shown)
        print(name, {key: round(value, 2) for key, value in found[name].items()}, flush=True)
        write_json(Path(output), found, indent=1)
        if sheets:
            films = [[normals[index]["image"][0], film] for index, film, _ in pairs[:ROWS]]
            for number, beside in enumerate(films):
                beside += real[number % len(real) :][:1] if real else []
            sheet(films, [mask for _, _, mask in pairs[:ROWS]], Path(sheets) / f"{name}.png")


if __name__ == "__main__":
    fire.Fire(main)
