# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Own-mask extraction: does a generator, given the masks and patient of a training film, give that film back?

Takes training and unseen cases with masks and an image diffusion bundle; gives `MetricResult` rows. Masks alone make
any picture like its film, so unseen films under their own masks are the null: what exceeds them is memory (Carlini et
al., Extracting training data from diffusion models, USENIX Security 2023).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from aurad_monai.bundles.bundle import Bundle
from aurad_monai.case import Case
from aurad_monai.diffusion.sample import DiffusionModel, SampleSettings, sample
from aurad_monai.errors import InputError
from aurad_monai.evaluation.metric_result import MetricResult, mean_result
from aurad_monai.experts.anatomy import AnatomyExpert
from aurad_monai.filtering.memorization.copy_index import CopyIndex
from aurad_monai.filtering.memorization.perceptual_descriptor import WHOLE, descriptors, lung_box
from aurad_monai.io.case_set import CaseSet, has_masks
from aurad_monai.request.conditions import ImageConditiond
from aurad_monai.request.demographics import sample_demographics
from aurad_monai.request.streams import Stream, entropy, generator
from aurad_monai.statistics import auroc, statistic_interval

Samples = Callable[[Case], Sequence[npt.NDArray[np.float32]]]
FAMILY = "privacy"
OWN_SOURCE = "own film under its own masks, training above unseen, AUROC"
OWN_NEAREST = "own film is the nearest of all"
CASES = 40
"""Films of each set, at most."""
SEEDS = 4
"""Radiographs sampled from the masks of each film; the most similar one counts."""
FEWEST = 5


def extraction_test(
    train: CaseSet,
    unseen: CaseSet,
    bundle: Bundle,
    expert: AnatomyExpert,
    cases: int = CASES,
    seeds: int = SEEDS,
    seed: int = 0,
) -> list[MetricResult]:
    """Sample from the masks of films of both sets and compare with the films.

    Args:
        train: what the generator was trained on, with masks.
        unseen: films of patients that it has not seen, with masks.
        bundle: of images, opened.
        expert: finds the lungs of a picture.
        cases: films of each set, at most.
        seeds: radiographs of each.
        seed: of the choice of films and of the noise.

    Raises:
        InputError: a set has fewer than five films with masks.
    """
    model = DiffusionModel.from_bundle(bundle)
    chosen = [_with_masks(part, cases, seed, name) for name, part in (("train", train), ("reference", unseen))]
    note = f"{seeds} seeds a film; 0.5: training films come back no nearer than unseen ones"
    return own_films(chosen[0], chosen[1], lambda case: _sampled(case, model, seeds, seed), expert, note)


def own_films(
    train: Sequence[Case], unseen: Sequence[Case], samples: Samples, expert: AnatomyExpert, note: str = ""
) -> list[MetricResult]:
    """Compare what masks give with the films they belong to.

    Args:
        train: films that the generator was trained on.
        unseen: films that it has not seen.
        samples: radiographs (1, H, W) from the masks of a film.
        expert: finds the lungs of a picture.
        note: for the reader.
    """
    gallery = _index([*train, *unseen], expert)
    parts = [_own(part, samples, gallery, expert) for part in (train, unseen)]
    (own, first), (own_unseen, first_unseen) = parts
    value = statistic_interval(auroc, (own, own_unseen), 1000)
    return [
        MetricResult(FAMILY, OWN_SOURCE, value, len(own), real_count=len(own_unseen), better="lower", note=note),
        mean_result(FAMILY, OWN_NEAREST, first, first_unseen, better="not above real", note=f"of {len(gallery.ids)}"),
    ]


def lacking_masks(cases: CaseSet, argument: str) -> str:
    """Why a set cannot be tested, before time is spent on other measurements; empty where it can."""
    try:
        _with_masks(cases, FEWEST, 0, argument)
    except InputError as error:
        return str(error)
    return ""


def _with_masks(cases: CaseSet, count: int, seed: int, argument: str) -> list[Case]:
    found = []
    for number in np.random.default_rng(seed).permutation(len(cases)).tolist():
        case = cases[number]
        if case.image is not None and has_masks(case):
            found.append(case)
        if len(found) == count:
            break
    if len(found) < FEWEST:
        raise InputError(argument, f"{len(found)} films with masks", f"at least {FEWEST}", "give a set with masks")
    return found


def _index(cases: Sequence[Case], expert: AnatomyExpert) -> CopyIndex:
    ids = [f"{number} {case.id}" for number, case in enumerate(cases)]
    frames = [np.clip(_image(case), 0, 1) for case in cases]
    around = [descriptors(image, lung_box(expert(image[None])[0]))[0] for image in frames]
    return CopyIndex(ids, np.stack(around), np.stack([descriptors(image, WHOLE)[0] for image in frames]))


def _own(
    cases: Sequence[Case], samples: Samples, gallery: CopyIndex, expert: AnatomyExpert
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """For each film its similarity to what its masks give, and whether it is nearest to any of these."""
    similar, first = [], []
    for case in tqdm(cases, desc="own masks", unit="film"):
        alone = _index([case], expert)
        made = [np.clip(image, 0, 1) for image in samples(case)]
        seen = [expert(image[None])[0] for image in made]
        pairs = list(zip(made, seen, strict=True))
        similar.append(max(alone.nearest(image, anatomy).similarity for image, anatomy in pairs))
        nearest = {gallery.nearest(image, anatomy).id.partition(" ")[2] for image, anatomy in pairs}
        first.append(float(case.id in nearest))
    return np.array(similar), np.array(first)


def _sampled(case: Case, model: DiffusionModel, seeds: int, seed: int) -> list[npt.NDArray[np.float32]]:
    patient = sample_demographics(case.findings, generator(Stream.DEMOGRAPHICS, seed))
    data: dict[Hashable, Any] = {"anatomy": case.anatomy, "pathology": case.pathology, "view": patient.view}
    conditioned = ImageConditiond()(data | {"sex": patient.sex, "age": patient.age})
    noise = [entropy(Stream.IMAGE, seed + number) for number in range(seeds)]
    return list(sample(model, [conditioned] * seeds, noise, SampleSettings()))


def _image(case: Case) -> npt.NDArray[np.float32]:
    assert case.image is not None  # `_with_masks` chose it
    return np.asarray(case.image, dtype=np.float32)
