# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Pairs of generated radiographs of one seed, chest, patient and noise, with and without a finding, large by default.

    python -m recipes.figures.same_seed_pairs --output RUNS/pairs [--pairs 24] [--first 0] \
        [--findings nodule --words "1.5 cm"]

In: the shipped bundles. Out: FINDING/SEED.npz with `with_it`, `without`, `anatomy`, `pathology` and `accepted`, made
once and kept, so that a filter can be measured again without painting again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import fire
import numpy as np
import torch
from tqdm import tqdm

from aurad_monai import vocabulary
from aurad_monai.case import Array, Case
from aurad_monai.files import whole_file
from aurad_monai.generation.pipeline import Pipeline
from aurad_monai.generation.settings import Settings
from aurad_monai.prompts.finding import ClinicalFindings, Finding
from aurad_monai.request.resolve import resolve_masks
from aurad_monai.request.streams import Stream, generator


@dataclass(frozen=True)
class Pair:
    """Two pictures under one mask.

    Args:
        finding: what the mask shows.
        seed: of both pictures.
        with_it: (1, H, W) in [0, 1], painted of the mask.
        without: painted of an empty mask in the same chest.
        anatomy: (3, H, W) of the former.
        pathology: (findings, H, W).
        accepted: whether the filter accepts mask and picture.
    """

    finding: str
    seed: int
    with_it: Array
    without: Array
    anatomy: Array
    pathology: Array
    accepted: bool = True

    def case(self, swapped: bool = False) -> Case:
        """The finding with its mask, and the picture that shows it, or the other one."""
        return self._case(self.without if swapped else self.with_it, self.pathology, Finding(self.finding))

    def absent(self, swapped: bool = False) -> Case:
        """The finding declared absent, no mask, and the picture without it, or the other one."""
        return self._case(self.with_it if swapped else self.without, None, Finding(self.finding, present=False))

    def _case(self, image: Array, pathology: Array | None, finding: Finding) -> Case:
        masks = np.zeros_like(self.pathology) if pathology is None else pathology
        said = ClinicalFindings((finding,))
        name = f"{self.finding}_{self.seed}"
        return Case(
            name, requested=said, resolved=said, anatomy=self.anatomy, pathology=masks, image=image, seed=self.seed
        )


def read_pairs(folder: str | Path, finding: str) -> Iterator[Pair]:
    """The pairs of a finding, in the order of their seeds."""
    for path in sorted((Path(folder) / finding).glob("*.npz"), key=lambda path: int(path.stem)):
        with np.load(path) as arrays:
            kept = {name: arrays[name] for name in ("with_it", "without", "anatomy", "pathology")}
            kept["accepted"] = bool(arrays["accepted"])
        images = {name: kept.pop(name).astype(np.float32) / 255 for name in ("with_it", "without")}
        yield Pair(finding, int(path.stem), **images, **kept)


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


def main(
    output: str,
    pairs: int = 24,
    first: int = 0,
    findings: str | tuple[str, ...] = "",
    words: str = "large",
    threads: int = 1,
) -> None:
    """Make the pairs that are not there yet."""
    torch.set_num_threads(threads)
    pipeline = Pipeline.from_bundles(device="cpu")
    asked = findings.split(",") if isinstance(findings, str) else findings  # fire makes a tuple of a list with commas
    names = [name for name in asked if name] or vocabulary.FINDING_NAMES
    for name, seed in tqdm([(name, seed) for seed in range(first, first + pairs) for name in names], desc="pairs"):
        path = Path(output) / name / f"{seed}.npz"
        if path.is_file():
            continue
        with_it, without = pair(pipeline, name, seed, words)
        anatomy, pathology = with_it.masks
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as part, part.open("wb") as stream:
            images = {"with_it": with_it.pixels[None], "without": without.pixels[None]}
            np.savez_compressed(stream, **images, anatomy=anatomy, pathology=pathology, accepted=with_it.accepted)


if __name__ == "__main__":
    fire.Fire(main)
