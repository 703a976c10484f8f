# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Masks of prompts that name a finding and no more: left open to the network, and with the rest drawn by seed.

    python -m recipes.figures.open_prompts --masks DIR --output OUT.json [--count 256]

DIR is what `python -m recipes.default_data masks` wrote. Each finding of a validation mask is asked for alone in
its chest: by name, "open" and "drawn", and with its side, zone and severity, "said". "real" are these findings.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import fire
import numpy as np
import torch

from aurad_monai import vocabulary
from aurad_monai.anatomy.findings_from_masks import findings_from_masks, split_sides
from aurad_monai.anatomy.sizes import quantile_of
from aurad_monai.evaluation.masks.mask_report import load_mask, sample_masks
from aurad_monai.evaluation.masks.placement import Placement
from aurad_monai.evaluation.masks.sampled_masks import SampledMask
from aurad_monai.evaluation.masks.shapes import c2st_auroc, shape_distance, shape_features
from aurad_monai.generation.pipeline import MASK_BUNDLE
from aurad_monai.io.datalist import read_datalist
from aurad_monai.prompts.finding import ClinicalFindings, Finding
from recipes.figures.sampled_pairs import open_model


def alone(mask: SampledMask, name: str) -> SampledMask:
    """One finding of a mask, and what it says of itself."""
    pathology = np.zeros_like(mask.pathology)
    pathology[vocabulary.channel(name)] = mask.shape(name)
    return SampledMask(findings_from_masks(pathology, mask.anatomy), pathology, mask.anatomy)


def quantiles(masks: Sequence[SampledMask]) -> list[float]:
    """Of the area among real findings, of every mask's larger side."""
    found = []
    for mask in masks:
        for name in mask.names:
            sides = split_sides(mask.shape(name), mask.anatomy)
            found.append(quantile_of(name, max(int(side.sum()) for side in sides) / mask.lungs.sum()))
    return found


def main(masks: str, output: str, count: int = 256, threads: int = 1) -> None:
    """Sample, measure, write and print."""
    torch.set_num_threads(threads)
    model = open_model(MASK_BUNDLE)
    listed = {case["record"]: case for case in read_datalist(masks, "validation")}.values()
    single = [alone(mask, name) for mask in map(load_mask, listed) for name in mask.names]
    real = [single[i] for i in np.random.default_rng(0).permutation(len(single))[:count]]
    by_name = [ClinicalFindings((Finding(mask.names[0]),)) for mask in real]
    said = [mask.findings for mask in real]
    chests, seeds = [mask.anatomy for mask in real], range(len(real))
    sets = {"real": real}
    for name, asked, draw in (("open", by_name, False), ("drawn", by_name, True), ("said", said, True)):
        made = sample_masks(model, asked, chests, seeds, sample_attributes=draw)
        sets[name] = [SampledMask(*mask) for mask in zip(asked, made, chests, strict=True)]
    reference, figures = shape_features(real), {}
    for name, drawn in sets.items():
        features, base = shape_features(drawn), Placement.of(drawn).effusion_at_base
        figures[name] = {
            "quantile of area, 25%, median, 75%": np.quantile(quantiles(drawn), [0.25, 0.5, 0.75]).round(2).tolist(),
            "effusion reaches the base": round(float(np.mean(base)), 3),
            "distance of shapes": round(shape_distance(*features[:2], *reference[:2]), 3),
            "C2ST AUROC": None if drawn is real else round(c2st_auroc(features, reference, 0), 3),
        }
        print(name, json.dumps(figures[name]), flush=True)
    Path(output).parent.mkdir(parents=True, exist_ok=True)
    Path(output).write_text(json.dumps(figures, indent=1), encoding="utf-8")


if __name__ == "__main__":
    fire.Fire(main)
