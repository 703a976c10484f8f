# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Is a requested finding visible? Pairs of one seed and chest with and without it, before the held-out evaluator.

    python -m recipes.figures.shown --output docs/results/shown.csv [--pairs 16] [--evaluator FILE] [--sheet PNG]

In: weights of another network trained on real radiographs, that of the filter's findings expert or an evaluator;
without them the held-out evaluator of the filter bundle, which takes no part in generation or filtering. Out: a row a
finding: share of pairs in which the picture with the finding scores higher (0.5 is chance), with its interval; the mean
change of the logit; the share of attempts that are accepted; and a sheet of pictures to look at.
"""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import fire
import numpy as np
import torch
from PIL import Image
from scipy import ndimage
from tqdm import tqdm

from aurad_monai import vocabulary
from aurad_monai.bundles.inventory import bundles_root
from aurad_monai.case import Case
from aurad_monai.evaluation.images.held_out import SCALE, held_out_evaluator
from aurad_monai.experts.findings import FindingsExpert
from aurad_monai.experts.findings_network import FindingsNetwork, WholeImageNetwork
from aurad_monai.files import whole_file
from aurad_monai.generation.pipeline import FILTER_BUNDLE, Pipeline
from aurad_monai.generation.settings import Settings
from aurad_monai.io.resize import image_at_most
from aurad_monai.request.resolve import resolve_masks
from aurad_monai.request.streams import Stream, generator
from aurad_monai.statistics import wilson
from aurad_monai.weights import load_strictly, read_state

FRAME = 256
"""Edge at which pairs are scored."""
SHEET = 3
"""Pairs of a finding on the sheet."""
COLUMNS = ("finding", "pairs", "shown", "shown, low", "shown, high", "change of the logit", "accepted")


def pair(pipeline: Pipeline, finding: str, seed: int) -> tuple[Case, Case]:
    """Radiographs of the mask of a large finding, and of no mask, in the same chest, patient and noise.

    The chest without it is that of the prior: cardiomegaly widens its heart, emphysema inflates its lungs.
    """
    request = pipeline.resolve(f"large {vocabulary.finding(finding).label}", seed)
    (drawn,) = pipeline.generate([request], Settings(progress=False, masks_only=True)).cases
    patient = replace(drawn.resolved, findings=())
    masks, settings = drawn.masks, Settings(progress=False, accept_all=True)
    chest = pipeline.anatomy_prior.sample(generator(Stream.ANATOMY, seed, request.seed_text), pipeline.image_size)
    both = [(masks[1], masks[0]), (np.zeros_like(masks[1]), chest)]
    cases = [resolve_masks(mask, chest, seed) for mask, chest in both]
    cases = [replace(case, resolved=replace(patient, findings=case.resolved.findings)) for case in cases]
    with_it, without = pipeline.generate(cases, settings).cases
    return replace(with_it, accepted=with_it.accepted and drawn.accepted), without


def logits(expert: FindingsExpert, images: list[np.ndarray]) -> np.ndarray:
    """(N, findings) of images (1, H, W) in [0, 1], averaged down to the size of the films that experts learned from."""
    scores = np.concatenate([expert.scores(expert(image_at_most(image, FRAME)[None])) for image in images])
    return np.asarray(np.log(scores) - np.log1p(-scores))


def open_evaluator(file: str) -> FindingsExpert:
    """The expert of a file, of a `FindingsNetwork` or of an evaluator, or the bundle's held-out evaluator."""
    if not file:
        return held_out_evaluator(bundles_root() / FILTER_BUNDLE)
    state = read_state(file)
    says_where = "place" in state
    network = FindingsNetwork(second="lite0") if says_where else WholeImageNetwork(SCALE)
    return FindingsExpert(load_strictly(network, state, file))


def row(name: str, cases: list[tuple[Case, Case]], expert: FindingsExpert) -> list[str]:
    """A line of the table."""
    channel = vocabulary.channel(name)
    with_it, without = (logits(expert, [pair[side].image for pair in cases])[:, channel] for side in (0, 1))
    accepted = sum(case.accepted for case, _ in cases) / len(cases)
    return [name, str(len(cases)), *share(with_it - without), f"{accepted:.2f}"]


def share(more: np.ndarray) -> list[str]:
    """How often a logit rises, with its interval, and by how much; empty for a finding that was never learned."""
    if not more.any():
        return [""] * 4
    higher = int((more > 0).sum())
    return [f"{value:.2f}" for value in (higher / len(more), *wilson(higher, len(more)), float(more.mean()))]


def panel(cases: list[tuple[Case, Case]], size: int = 144) -> np.ndarray:
    """Pairs side by side, each without the finding, with it, and with its outline, (size, N * size) uint8."""
    found = []
    for with_it, without in cases:
        mask = with_it.pathology.any(axis=0) if with_it.pathology is not None else np.zeros_like(with_it.pixels, bool)
        outlined = np.where(mask & ~ndimage.binary_erosion(mask, iterations=2), 255, with_it.pixels).astype(np.uint8)
        found += [without.pixels, with_it.pixels, outlined]
    return np.hstack([np.asarray(Image.fromarray(image).resize((size, size), Image.Resampling.BOX)) for image in found])


def main(output: str, pairs: int = 16, evaluator: str = "", sheet: str = "", threads: int = 2) -> None:
    """Make pairs of each finding, score them, write the table and the sheet."""
    torch.set_num_threads(threads)
    expert, pipeline = open_evaluator(evaluator), Pipeline.from_bundles(device="cpu")
    rows, panels = [], []
    for name in tqdm(vocabulary.FINDING_NAMES, desc="findings"):
        cases = [pair(pipeline, name, seed) for seed in range(pairs)]
        rows.append(row(name, cases, expert))
        print(*rows[-1], flush=True)
        panels.append(panel(cases[:SHEET]))
    with whole_file(Path(output)) as part, part.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([COLUMNS, *rows])
    if sheet:
        with whole_file(Path(sheet)) as part:
            Image.fromarray(np.vstack(panels)).save(part, format="PNG", optimize=True)


if __name__ == "__main__":
    fire.Fire(main)
