# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Is a finding shown? Pairs of one chest and seed with and without it, scored by a referee trained on other patients.

    python -m recipes.images.shown --root COLLECTION --films DIR/films256 --base FILE --upsampler FILE \
        --referee REFEREE.py --output SHOWN.csv [--sheet SHEET.png] [--count 24] [--guidance 1.5]

In: validation films without finding, shapes that no training has seen, and a file with `score(images (N, H, W) in
[0, 1]) -> {finding: (N,)}`. Out: for each finding the share of pairs in which the picture with it scores higher (0.5 is
chance), the same for the insertion itself, and a sheet: without, with, and the insertion.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import fire
import numpy as np
import torch
from tqdm import tqdm

from aurad_monai.lesions.compose_lesions import ComposeLesionsd
from aurad_monai.lesions.lesion_shapes import LesionShapes
from recipes.images.cases import Batch, Cases, unpack
from recipes.images.films import NAMES, context
from recipes.images.loop import log
from recipes.images.networks import CONDITIONS, FINDINGS, MASKS
from recipes.images.sample import cascade, open_base, open_upsampler, side_by_side

Array = np.ndarray


def insertions(root: Path, cases: Cases, name: str, count: int, seed: int) -> dict[str, Array]:
    """Rows of normal films, images (N, H, W) with the finding inserted, anatomy and pathology; the largest of three."""
    shapes = LesionShapes.from_jsonl(root / "annotations" / "chestxdet.jsonl", "validation")
    compose = ComposeLesionsd(shapes, findings=(name,), balance=1.0).set_random_state(seed=seed)
    rows = np.flatnonzero(np.isin(cases.kind, ("normal", "no finding", "nofinding")))
    found: dict[str, list[Any]] = {"rows": [], "images": [], "anatomy": [], "pathology": []}
    for row in np.random.default_rng(seed).permutation(rows):
        image, planes = (
            cases.images[row].numpy()[None] / np.float32(255),
            unpack(cases.masks[row][None], MASKS)[0].numpy(),
        )
        tries = [compose({"image": image, "anatomy": planes[:3], "pathology": 0 * planes[3:]}) for _ in range(3)]
        made = max(tries, key=lambda case: float(np.asarray(case["pathology"]).sum()))
        if np.asarray(made["pathology"]).any():
            values = (row, made["image"][0], made["anatomy"], made["pathology"])
            for key, value in zip(found, values, strict=True):
                found[key].append(np.asarray(value))
        if len(found["rows"]) == count:
            break
    return {key: np.stack(values) for key, values in found.items()}


def conditions(cases: Cases, pairs: dict[str, Array], with_finding: bool) -> Batch:
    """Conditions of the pairs' chests, with the masks of the finding or with empty ones; all masks are given."""
    anatomy = (pairs["anatomy"] > 0).astype(np.float32)
    pathology = (pairs["pathology"] > 0).astype(np.float32) * with_finding
    present = np.where(pathology.any((2, 3)), 1, -1)
    who: dict[str, Any] = {"view": "PA", "sex": None, "age": None}
    tokens = [context(p, a, np.ones(FINDINGS), q, who) for p, a, q in zip(pathology, anatomy, present, strict=True)]
    planes = np.concatenate([anatomy, pathology], 1)
    grid = torch.nn.functional.adaptive_avg_pool2d(torch.from_numpy(planes), 32)
    condition = torch.zeros(len(grid), CONDITIONS, 32, 32)
    condition[:, :MASKS] = grid
    condition[:, MASKS : MASKS + FINDINGS] = 1
    condition[:, MASKS + FINDINGS : CONDITIONS - 2] = torch.from_numpy(present)[..., None, None].float()
    condition[:, -2] = 1
    return Batch(grid[:, :1], condition, torch.from_numpy(np.stack(tokens)).float())


def referee_of(file: str) -> Any:
    """The `score` of a file."""
    spec = importlib.util.spec_from_file_location("referee", file)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.score


def main(
    root: str,
    films: str,
    base: str,
    referee: str,
    output: str,
    upsampler: str = "",
    sheet: str = "",
    findings: str = "",
    count: int = 24,
    guidance: float = 1.0,
    steps: int = 10,
    seed: int = 0,
) -> None:
    """Score pairs of every finding, or of those named by commas."""
    torch.set_num_threads(1)
    cases, score, network = Cases([films], "val"), referee_of(referee), open_base(base)
    networks, rows = [open_upsampler(file) for file in upsampler.split(",") if file], []
    for name in tqdm(findings.split(",") if findings else NAMES, desc="shown"):
        pairs = insertions(Path(root), cases, name, count, seed)
        seeds, images = [int(row) for row in pairs["rows"]], []
        for with_finding in (False, True):
            batch = conditions(cases, pairs, with_finding)
            stages = cascade(network, networks, batch, seeds, guidance=guidance, steps=steps)
            images.append(stages[-1][:, 0].numpy())
        films_before = cases.images[pairs["rows"]].numpy() / np.float32(255)
        without, shown, before, after = (score(x)[name] for x in (*images, films_before, pairs["images"]))
        figures: dict[str, float | str] = {"finding": name, "pairs": float(len(seeds)), "guidance": guidance}
        log(
            Path(output),
            figures | {"shown": float((shown > without).mean()), "inserted": float((after > before).mean())},
        )
        edge = images[0].shape[-1]
        small = torch.nn.functional.adaptive_avg_pool2d(torch.from_numpy(pairs["images"])[:, None], edge)[:, 0].numpy()
        rows += [images[0][:8], images[1][:8], small[:8]]
    if sheet:
        page = np.concatenate([row[: min(len(r) for r in rows)] for row in rows])
        side_by_side((page * 255).clip(0, 255).astype(np.uint8), min(len(r) for r in rows)).save(sheet)


if __name__ == "__main__":
    fire.Fire(main)
