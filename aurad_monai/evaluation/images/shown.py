# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Is a requested finding visible? Images of one chest, patient and seed with and without its mask, before an expert.

Takes cases with masks, an image diffusion bundle and a findings expert; gives for each finding the share of pairs in
which the image with it scores higher (0.5 is chance), and the effect beside that of real images. The control is the
same chest without the finding from another seed.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from aurad_monai import vocabulary
from aurad_monai.bundles.bundle import Bundle
from aurad_monai.case import Case
from aurad_monai.diffusion.sample import DiffusionModel, SampleSettings, sample
from aurad_monai.errors import InputError
from aurad_monai.evaluation.measure import Measured
from aurad_monai.evaluation.metric_result import MetricResult
from aurad_monai.experts.findings import FindingsExpert
from aurad_monai.io.case_set import CaseSet, has_masks
from aurad_monai.request.conditions import ImageConditiond
from aurad_monai.request.demographics import sample_demographics
from aurad_monai.request.streams import Stream, entropy, generator
from aurad_monai.statistics import UNKNOWN, Interval, mean_interval, statistic_interval, wilson

FAMILY = "shown"
PAIRS = 16
"""Pairs of a finding, at most."""
MIN_PAIRS = 4
NOTE = "real: images with the finding minus those without, of other patients"
Array = npt.NDArray[np.float64]


def shown_test(
    cases: CaseSet,
    bundle: Bundle,
    expert: FindingsExpert,
    real: Measured | None = None,
    pairs: int = PAIRS,
    settings: SampleSettings | None = None,
) -> list[MetricResult]:
    """Sample pairs of the findings that the masks of cases hold, and let the expert score them.

    Args:
        cases: with lungs and masks; of a mask with several findings each counts, alone.
        bundle: of images, opened.
        expert: trained on real images, with no part in generation or filtering, such as the held-out evaluator.
        real: `Resegmentation` of real images with masks, whose effect stands beside.
        pairs: of a finding, at most.
        settings: of the sampling call.

    Raises:
        InputError: no case has masks with a finding.
    """
    model, used = DiffusionModel.from_bundle(bundle), settings or SampleSettings()
    scores: dict[int, list[Array]] = {}
    for number in tqdm(np.random.default_rng(0).permutation(len(cases)).tolist(), desc="shown"):
        case = cases[number]
        if not has_masks(case) or case.pathology is None:
            continue
        for channel in np.flatnonzero((case.pathology > 0).any(axis=(1, 2))).tolist():
            if len(scores.setdefault(channel, [])) < pairs:
                images = triple(case, channel, model, number, used)
                scores[channel].append(logits(expert, images)[:, channel])
    if not scores:
        raise InputError("shown", "no case with the mask of a finding", "masks", "give --masks SET")
    return shown({channel: np.stack(rows) for channel, rows in sorted(scores.items())}, real)


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


def logits(expert: FindingsExpert, images: npt.NDArray[np.floating[Any]]) -> Array:
    """(N, findings) of images (N, 1, H, W) in [0, 1]."""
    scores = expert.scores(expert(images.astype(np.float32))).astype(np.float64)
    return np.asarray(np.log(scores) - np.log1p(-scores))


def shown(scores: dict[int, Array], real: Measured | None = None) -> list[MetricResult]:
    """Rows of findings with enough pairs.

    Args:
        scores: by channel (N, 3): logits with the finding, without it, and without it from another seed.
        real: see `shown_test`.
    """
    rows = []
    for channel, found in scores.items():
        name, with_it, without, control = vocabulary.FINDING_NAMES[channel], *found.T
        if len(found) < MIN_PAIRS or not np.isfinite(found).all():
            continue
        effect, count = _real_effect(real, channel)
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


def _real_effect(real: Measured | None, channel: int) -> tuple[Interval, int]:
    """Mean logit of real images with the finding minus that of images without, and how many have it."""
    if real is None:
        return UNKNOWN, 0
    requested, scores = (real.values[key][:, channel].astype(np.float64) for key in ("requested", "scores"))
    known = np.isfinite(requested) & np.isfinite(scores)
    odds = np.log(scores) - np.log1p(-scores)
    groups = [odds[known & (requested == wanted)] for wanted in (1, 0)]
    if min(len(part) for part in groups) < MIN_PAIRS:
        return UNKNOWN, 0
    return statistic_interval(lambda a, b: float(a.mean() - b.mean()), groups, 300), len(groups[0])
