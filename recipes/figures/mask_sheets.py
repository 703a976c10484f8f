# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Look at masks: a row of each finding, a quarter of them of each severity, and how straight their edges are.

    python -m recipes.figures.mask_sheets --root COLLECTION --sheet docs/images/masks.png --output TABLE.csv

In: the default bundles; the collection for outlines that radiologists drew on validation films. Out: a sheet, masks in
color over the lungs and the heart; a row a finding with the straight edges of its masks beside those of real outlines.
"""

from __future__ import annotations

import csv
from pathlib import Path

import fire
import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from tqdm import tqdm

from aurad_monai import vocabulary
from aurad_monai.case import Case
from aurad_monai.evaluation.masks.straight_edges import straight_edge_share
from aurad_monai.files import whole_file
from aurad_monai.generation.pipeline import Pipeline
from aurad_monai.generation.settings import Settings
from aurad_monai.io.polygon import fill_polygons
from aurad_monai.lesions.lesion_shapes import LesionShapes
from aurad_monai.statistics import mean_interval

COLUMNS = ("finding", "masks", "straight edges", "low", "high", "real outlines", "straight edges of real outlines")
TILE = 96
LUNG, HEART, MASK = (90, 90, 90), (60, 60, 60), (255, 140, 60)
Array = npt.NDArray[np.generic]


def masks_of(pipeline: Pipeline, finding: str, count: int) -> list[Case]:
    """Cases with masks of a finding, severities in turn."""
    label, steps = vocabulary.finding(finding).label, len(vocabulary.SEVERITIES)
    severities = [vocabulary.SEVERITIES[seed * steps // count] for seed in range(count)]
    requests = [pipeline.resolve(f"{severity} {label}", seed) for seed, severity in enumerate(severities)]
    return pipeline.generate(requests, Settings(progress=False, masks_only=True, batch_size=count)).cases


def tile(case: Case, channel: int) -> npt.NDArray[np.uint8]:
    """A mask over its chest, (TILE, TILE, 3)."""
    anatomy, pathology = case.masks
    canvas = np.zeros((*anatomy.shape[1:], 3), dtype=np.uint8)
    for region, color in ((anatomy[:2].any(axis=0), LUNG), (anatomy[2] > 0, HEART), (pathology[channel] > 0, MASK)):
        canvas[region] = color
    return np.asarray(Image.fromarray(canvas).resize((TILE, TILE), Image.Resampling.BOX))


def outlines(root: Path, finding: str, size: int = 256) -> list[Array]:
    """Masks (size, size) of radiologists' outlines of validation films."""
    library = LesionShapes.from_jsonl(root / "annotations" / "chestxdet.jsonl", "validation")
    held = [record.of(finding) for record in library.records if finding in record.findings]
    return [fill_polygons([shape.outline * size for shape in shapes], (size, size)) for shapes in held]


def edges(masks: list[Array]) -> npt.NDArray[np.float64]:
    """Straight-edge share of each mask, without empty ones."""
    shares = np.array([straight_edge_share(mask) for mask in masks], dtype=np.float64)
    return shares[np.isfinite(shares)]


def main(root: str, sheet: str, output: str, count: int = 16, findings: str = "", threads: int = 1) -> None:
    """Sample the masks, write the sheet and the table; `findings` names some, by commas."""
    torch.set_num_threads(threads)
    pipeline, rows, panels = Pipeline.from_bundles(device="cpu"), [], []
    for name in tqdm(findings.split(",") if findings else vocabulary.FINDING_NAMES, desc="findings"):
        channel, cases = vocabulary.channel(name), masks_of(pipeline, name, count)
        made, real = edges([case.masks[1][channel] for case in cases]), edges(outlines(Path(root), name))
        value, low, high = mean_interval(made)
        cells = [f"{number:.2f}" for number in (value, low, high)]
        rows.append([name, str(len(made)), *cells, str(len(real)), f"{real.mean():.2f}" if len(real) else ""])
        print(*rows[-1], flush=True)
        panels.append(np.hstack([tile(case, channel) for case in cases]))
        with whole_file(Path(output)) as part, part.open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerows([COLUMNS, *rows])
        with whole_file(Path(sheet)) as part:
            Image.fromarray(np.vstack(panels)).quantize(32).save(part, format="PNG")


if __name__ == "__main__":
    fire.Fire(main)
