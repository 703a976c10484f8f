# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Do radiographs painted from validation masks show them? Lungs found again, opacities denser than what is around them.

    python -m recipes.figures.image_adherence --pairs DIR --output OUT.json [--weights FILE] [--referee FILE]

DIR is what `python -m recipes.default_data pairs` wrote; its normal and composed validation cases give the masks.
The lungs are found by the anatomy expert of the filter bundle, or, with `--referee FILE`, by one of the same shape that
had no part in training or filtering (docs/reference/training.md says how to train it);
Dice on the real images, beside it, is the
most that can be expected.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import fire
import numpy as np
import torch
from scipy import ndimage

from aurad_monai import vocabulary
from aurad_monai.bundles.bundle import load_weights, open_bundle
from aurad_monai.bundles.inventory import bundles_root
from aurad_monai.evaluation.images.adherence import structure_dice
from aurad_monai.generation.pipeline import FILTER_BUNDLE, IMAGE_BUNDLE
from aurad_monai.statistics import mean_interval
from recipes.figures.painting import loaded_pairs, painted

DENSE = ("consolidation", "effusion", "mass")
MASKS = ("anatomy", "pathology")
RING = 8
"""Pixels around an opacity that it is compared with, inside the lungs."""


def denser(image: np.ndarray, shape: np.ndarray, lungs: np.ndarray) -> float:
    """1 where an opacity is brighter than the lung around it, 0 where not, NaN where there is no lung around it."""
    ring = ndimage.binary_dilation(shape, iterations=RING) & ~shape & lungs
    return float(image[shape].mean() > image[ring].mean()) if ring.sum() > 20 and shape.any() else float("nan")


def measure(images: np.ndarray, anatomy: np.ndarray, pathology: np.ndarray, expert: Any) -> dict[str, Any]:
    """Dice by structure, 5th percentile over both lungs, and the share of opacities that are denser."""
    dice = structure_dice(images, anatomy, expert)
    figures: dict[str, Any] = {n: mean_interval(dice[:, i]) for i, n in enumerate(vocabulary.ANATOMY_NAMES)}
    figures["lungs_5th_percentile"] = float(np.quantile(dice[:, :2].mean(axis=1), 0.05))
    for name in DENSE:
        shapes = pathology[:, vocabulary.channel(name)] > 0
        found = [
            denser(image[0], shape, chest[:2].max(axis=0) > 0)
            for image, shape, chest in zip(images, shapes, anatomy, strict=True)
            if shape.any()
        ]
        figures[f"denser_{name}"] = (*mean_interval(np.array(found)), int(np.isfinite(found).sum()))
    figures["sharpness"] = mean_interval(np.array([np.abs(ndimage.laplace(image[0])).mean() for image in images]))
    return figures


def main(
    pairs: str,
    output: str,
    weights: str = "",
    referee: str = "",
    count: int = 128,
    batch: int = 8,
    threads: int = 2,
) -> None:
    """Paint `count` cases, measure them and the real images beside them."""
    torch.set_num_threads(threads)
    bundle = open_bundle(bundles_root() / IMAGE_BUNDLE, device="$torch.device('cpu')")
    if weights:
        load_weights(bundle.get("network"), weights)
    expert = open_bundle(bundles_root() / FILTER_BUNDLE).get("anatomy_expert")
    if referee:
        load_weights(expert.network, referee)
    cases = loaded_pairs(pairs, "validation", count)
    images = np.concatenate(list(painted(bundle, cases, batch)))
    real, anatomy, pathology = (np.stack([np.asarray(case[key]) for case in cases]) for key in ("image", *MASKS))
    figures = {"cases": len(cases), "generated": measure(images, anatomy, pathology, expert)}
    figures["real"] = measure(real, anatomy, pathology, expert)
    Path(output).write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print("| figure | generated | real |\n| --- | --- | --- |")
    for name in figures["generated"]:
        cells = [figures[part][name] for part in ("generated", "real")]
        text = [f"{c:.3f}" if isinstance(c, float) else f"{c[0]:.3f} ({c[1]:.3f} to {c[2]:.3f})" for c in cells]
        print(f"| {name.replace('_', ' ')} | {text[0]} | {text[1]} |")


if __name__ == "__main__":
    fire.Fire(main)
