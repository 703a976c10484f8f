# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Is a requested finding visible? Images of one chest, patient and seed with and without its mask, before an expert.

Takes cases with masks, an image diffusion bundle and an expert that looks at masks; gives for each finding the share of
pairs in which the image with it scores higher (0.5 is chance), and the effect beside that of real images: a mask on its
own image against the same place of another patient without the finding. The control is the same chest without the
finding from another seed.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from aurad_monai import vocabulary
from aurad_monai.anatomy.lungs_box import same_place
from aurad_monai.bundles.bundle import Bundle
from aurad_monai.case import Case
from aurad_monai.diffusion.sample import DiffusionModel, SampleSettings, sample
from aurad_monai.errors import InputError
from aurad_monai.evaluation.metric_result import MetricResult
from aurad_monai.experts.marked_findings import MarkedFindings
from aurad_monai.io.case_set import CaseSet, has_masks
from aurad_monai.request.conditions import ImageConditiond
from aurad_monai.request.demographics import sample_demographics
from aurad_monai.request.streams import Stream, entropy, generator
from aurad_monai.statistics import UNKNOWN, Interval, mean_interval, wilson

FAMILY = "shown"
PAIRS = 16
"""Pairs of a finding, at most."""
MIN_PAIRS = 4
MOST_OTHERS = 16
"""Real images that are kept in memory to compare with."""
NOTE = "real: a mask on its own image minus the same place of another patient without the finding"
Array = npt.NDArray[np.float64]
Images = npt.NDArray[np.floating[Any]]


def shown_test(
    cases: CaseSet,
    bundle: Bundle,
    expert: MarkedFindings,
    pairs: int = PAIRS,
    settings: SampleSettings | None = None,
) -> list[MetricResult]:
    """Sample pairs of the findings that the masks of cases hold, and let the expert score them.

    Args:
        cases: with lungs and masks; of a mask with several findings each counts, alone. Those with images are the real
            ones whose effect stands beside.
        bundle: of images, opened.
        expert: trained on real images, with no part in generation or filtering, such as the held-out evaluator.
        pairs: of a finding, at most.
        settings: of the sampling call.

    Raises:
        InputError: no case has masks with a finding.
    """
    model, used = DiffusionModel.from_bundle(bundle), settings or SampleSettings()
    scores: dict[int, list[Array]] = {}
    real: dict[int, list[float]] = {}
    others: list[Case] = []
    for number in tqdm(np.random.default_rng(0).permutation(len(cases)).tolist(), desc="shown"):
        case = cases[number]
        if not has_masks(case) or case.pathology is None:
            continue
        for channel in np.flatnonzero((case.pathology > 0).any(axis=(1, 2))).tolist():
            if len(scores.setdefault(channel, [])) < pairs:
                images = triple(case, channel, model, number, used)
                scores[channel].append(logits(expert, images, case.pathology[channel] > 0, channel))
                real.setdefault(channel, []).append(real_difference(expert, case, others, channel))
        if case.image is not None:
            others = [case, *others[:MOST_OTHERS]]
    if not scores:
        raise InputError("shown", "no case with the mask of a finding", "masks", "give --masks SET")
    found = {channel: np.stack(rows) for channel, rows in sorted(scores.items())}
    return shown(found, {channel: np.array(rows) for channel, rows in real.items()})


def triple(case: Case, channel: int, model: DiffusionModel, seed: int, settings: SampleSettings) -> Array:
    """Images (3, 1, H, W): with the finding, without it, and without it from another seed."""
    assert case.pathology is not None
    mask = np.zeros_like(case.pathology)
    mask[channel] = case.pathology[channel]
    patient = sample_demographics(case.findings, generator(Stream.DEMOGRAPHICS, seed))
    given: dict[Hashable, Any] = {"anatomy": case.anatomy, "view": patient.view, "sex": patient.sex, "age": patient.age}
    conditioned = [ImageConditiond()({**given, "pathology": part}) for part in (mask, 0 * mask, 0 * mask)]
    seeds = [entropy(Stream.IMAGE, seed), entropy(Stream.IMAGE, seed), entropy(Stream.IMAGE, seed, "control")]
    return np.stack(sample(model, conditioned, seeds, settings))


def logits(expert: MarkedFindings, images: Images, mask: npt.NDArray[np.bool_], channel: int) -> Array:
    """(N,) of images (N, 1, H, W) in [0, 1] at one mask (H, W) of a finding."""
    masks = np.zeros((len(images), len(vocabulary.FINDING_NAMES), *mask.shape), dtype=bool)
    masks[:, channel] = mask
    return expert(images.astype(np.float32), masks)[:, channel].astype(np.float64)


def real_difference(expert: MarkedFindings, case: Case, others: Sequence[Case], channel: int) -> float:
    """Logit of a real image at its mask minus that of the same place in another one, NaN where there is none."""
    if case.image is None or case.pathology is None or case.anatomy is None:
        return math.nan
    mask = case.pathology[channel] > 0
    for other in others:
        assert other.image is not None and other.pathology is not None and other.anatomy is not None
        if other.pathology[channel].any() or other.image.shape != case.image.shape:
            continue
        place = same_place(mask, case.anatomy, other.anatomy)
        if place.any():
            with_it, without = (
                logits(expert, image[None], seen, channel) for image, seen in ((case.image, mask), (other.image, place))
            )
            return float(with_it[0] - without[0])
    return math.nan


def shown(scores: dict[int, Array], real: Mapping[int, Array] | None = None) -> list[MetricResult]:
    """Rows of findings with enough pairs.

    Args:
        scores: by channel (N, 3): logits with the finding, without it, and without it from another seed.
        real: by channel (M,), differences of logits of real images, NaN where there was nothing to compare with.
    """
    rows = []
    for channel, found in scores.items():
        name, with_it, without, control = vocabulary.FINDING_NAMES[channel], *found.T
        if len(found) < MIN_PAIRS or not np.isfinite(found).all():
            continue
        effect, count = _real_effect((real or {}).get(channel))
        value = mean_interval(with_it - without)
        rows += [
            _share("scores higher with the finding", with_it, without, name, "higher"),
            _share("control: another seed scores higher", control, without, name),
            MetricResult(FAMILY, "effect, logits", value, len(found), name, effect, count, "higher", NOTE),
        ]
    return rows


def _share(words: str, first: Array, second: Array, group: str, better: str = "") -> MetricResult:
    higher = int((first > second).sum())
    value = (higher / len(first), *wilson(higher, len(first)))
    return MetricResult(FAMILY, words, value, len(first), group, better=better, note="0.5 is chance")


def _real_effect(differences: Array | None) -> tuple[Interval, int]:
    """Mean difference of real images, and how many there are."""
    known = np.zeros(0) if differences is None else differences[np.isfinite(differences)]
    return (mean_interval(known), len(known)) if len(known) >= MIN_PAIRS else (UNKNOWN, 0)
