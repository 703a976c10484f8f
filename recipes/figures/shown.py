# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Is a requested finding visible? Pairs of one seed and chest with and without it, before the held-out evaluator.

    python -m recipes.figures.shown --output docs/results/shown.csv [--pairs 16] [--sheet PNG] \
        [--findings nodule --words "1.5 cm"]

In: the bundles; pairs are scored at their mask by the held-out evaluator of the filter bundle, which takes no part in
generation or filtering. Out: a row a finding: share of pairs in which the picture with the finding scores higher (0.5
is chance), with its interval; the mean change of the logit; the share of attempts that are accepted; and a sheet of
pictures to look at.
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
from aurad_monai.evaluation.images.held_out import held_out_evaluator
from aurad_monai.evaluation.images.shown import logits
from aurad_monai.experts.marked_findings import MarkedFindings
from aurad_monai.files import whole_file
from aurad_monai.generation.pipeline import FILTER_BUNDLE, Pipeline
from aurad_monai.generation.settings import Settings
from aurad_monai.io.resize import image_at_most
from aurad_monai.request.resolve import resolve_masks
from aurad_monai.request.streams import Stream, generator
from aurad_monai.statistics import wilson

FRAME = 256
"""Edge at which pairs are scored."""
SHEET = 3
"""Pairs of a finding on the sheet."""
COLUMNS = ("finding", "pairs", "shown", "shown, low", "shown, high", "change of the logit", "accepted")


def pair(pipeline: Pipeline, finding: str, seed: int, words: str = "large") -> tuple[Case, Case]:
    """Radiographs of the mask of a finding of some size, and of no mask, in the same chest, patient and noise.

    The chest without it is that of the prior: cardiomegaly widens its heart, emphysema inflates its lungs.
    """
    request = pipeline.resolve(f"{words} {vocabulary.finding(finding).label}", seed)
    (drawn,) = pipeline.generate([request], Settings(progress=False, masks_only=True)).cases
    patient = replace(drawn.resolved, findings=())
    masks, settings = drawn.masks, Settings(progress=False, accept_all=True)
    chest = pipeline.anatomy_prior.sample(generator(Stream.ANATOMY, seed, request.seed_text), pipeline.image_size)
    both = [(masks[1], masks[0]), (np.zeros_like(masks[1]), chest)]
    cases = [resolve_masks(mask, chest, seed) for mask, chest in both]
    cases = [replace(case, resolved=replace(patient, findings=case.resolved.findings)) for case in cases]
    with_it, without = pipeline.generate(cases, settings).cases
    return replace(with_it, accepted=with_it.accepted and drawn.accepted), without


def row(name: str, cases: list[tuple[Case, Case]], expert: MarkedFindings) -> list[str]:
    """A line of the table."""
    channel, more = vocabulary.channel(name), []
    for with_it, without in cases:
        assert with_it.pathology is not None and with_it.image is not None and without.image is not None
        images = np.stack([image_at_most(case.image, FRAME) for case in (with_it, without)])
        found = logits(expert, images, with_it.pathology[channel] > 0, channel)
        more.append(found[0] - found[1])
    accepted = sum(case.accepted for case, _ in cases) / len(cases)
    return [name, str(len(cases)), *share(np.array(more)), f"{accepted:.2f}"]


def share(more: np.ndarray) -> list[str]:
    """How often a logit rises, with its interval, and by how much; empty for a finding that was never learned."""
    more = more[np.isfinite(more)]
    if not len(more):
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


def main(
    output: str, pairs: int = 16, sheet: str = "", findings: str = "", words: str = "large", threads: int = 2
) -> None:
    """Make pairs of each finding, or of those named, of the size that words say; write the table and the sheet."""
    torch.set_num_threads(threads)
    expert, pipeline = held_out_evaluator(bundles_root() / FILTER_BUNDLE), Pipeline.from_bundles(device="cpu")
    rows, panels = [], []
    for name in tqdm(findings.split(",") if findings else vocabulary.FINDING_NAMES, desc="findings"):
        cases = [pair(pipeline, name, seed, words) for seed in range(pairs)]
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
