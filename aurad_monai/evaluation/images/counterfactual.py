# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Counterfactual test: images of the same chest, patient and seed with and without the mask of a finding.

Takes cases with masks and an image diffusion bundle; gives the change inside and outside of the mask, by finding.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from tqdm import tqdm

from aurad_monai import vocabulary
from aurad_monai.bundles.bundle import Bundle
from aurad_monai.case import Case
from aurad_monai.diffusion.sample import DiffusionModel, SampleSettings, sample
from aurad_monai.errors import InputError
from aurad_monai.evaluation.metric_result import MetricResult, mean_result
from aurad_monai.io.case_set import CaseSet, has_masks
from aurad_monai.request.conditions import ImageConditiond
from aurad_monai.request.demographics import sample_demographics
from aurad_monai.request.streams import Stream, entropy, generator

MARGIN = 8
"""Pixels around a mask, of 256, that are neither inside nor outside: edges are blurred and anatomy gives way."""
PAIRS = 40
"""Pairs of images, at most."""
MIN_PAIRS = 5
"""A finding with fewer pairs counts among all, and has no rows of its own."""
AS_CONFIGURED = SampleSettings()


def counterfactual_test(
    cases: CaseSet, bundle: Bundle, pairs: int = PAIRS, settings: SampleSettings = AS_CONFIGURED
) -> list[MetricResult]:
    """Sample the pairs and measure them; of a mask with several findings only the largest is sampled.

    Args:
        cases: with lungs and masks, in random order taken until there are enough with a finding.
        bundle: of images, opened.
        pairs: at most.
        settings: of the sampling call.

    Raises:
        InputError: no case has masks with a finding.
    """
    model = DiffusionModel.from_bundle(bundle)
    changes: dict[str, list[tuple[float, float]]] = {"all": []}
    order = np.random.default_rng(0).permutation(len(cases)).tolist()
    with tqdm(total=min(pairs, len(order)), desc="counterfactual", unit="pair") as bar:
        for number in order:
            case = cases[number]
            if len(changes["all"]) == pairs:
                break
            if has_masks(case) and case.pathology is not None and case.pathology.any():
                name, changed = change_of_finding(case, model, number, settings)
                changes["all"].append(changed)
                changes.setdefault(name, []).append(changed)
                bar.update()
    if not changes["all"]:
        raise InputError("counterfactual", "no case with the mask of a finding", "masks", "give --masks SET")
    return counterfactual({k: rows for k, rows in changes.items() if k == "all" or len(rows) >= MIN_PAIRS})


def change_of_finding(
    case: Case, model: DiffusionModel, seed: int, settings: SampleSettings = AS_CONFIGURED
) -> tuple[str, tuple[float, float]]:
    """The largest finding of a case, and the change of its image by that finding's mask."""
    assert case.pathology is not None
    channel = int((case.pathology > 0).sum(axis=(1, 2)).argmax())
    mask = np.zeros_like(case.pathology)
    mask[channel] = case.pathology[channel]
    patient = sample_demographics(case.findings, generator(Stream.DEMOGRAPHICS, seed))
    given: dict[Hashable, Any] = {"anatomy": case.anatomy, "view": patient.view, "sex": patient.sex, "age": patient.age}
    conditioned = [ImageConditiond()({**given, "pathology": shown}) for shown in (mask, np.zeros_like(mask))]
    with_it, without = sample(model, conditioned, [entropy(Stream.IMAGE, seed)] * 2, settings)
    return vocabulary.FINDING_NAMES[channel], change(with_it, without, mask[channel])


def change(
    with_it: npt.NDArray[np.floating[Any]],
    without: npt.NDArray[np.floating[Any]],
    mask: npt.NDArray[np.generic],
    margin: int = MARGIN,
) -> tuple[float, float]:
    """Mean absolute difference of two images (1, H, W) inside a mask (H, W) and beyond its margin."""
    inside = np.asarray(mask) > 0
    outside = ~ndimage.binary_dilation(inside, iterations=margin) if inside.any() else ~inside
    difference = np.abs(np.asarray(with_it, np.float64) - np.asarray(without, np.float64))[0]
    means = [float(difference[part].mean()) if part.any() else float("nan") for part in (inside, outside)]
    return means[0], means[1]


def counterfactual(changes: dict[str, list[tuple[float, float]]]) -> list[MetricResult]:
    """By finding: change inside, outside, and the share of pairs that change more inside."""
    metrics = []
    for finding, pairs in changes.items():
        inside, outside = np.array(pairs, dtype=np.float64).reshape(-1, 2).T
        known = np.isfinite(inside) & np.isfinite(outside)
        more = np.where(known, inside > outside, np.nan)
        metrics += [
            mean_result("counterfactual", "change inside the mask", inside, None, finding, "higher"),
            mean_result("counterfactual", "change outside", outside, None, finding, "lower"),
            mean_result("counterfactual", "more inside than outside", more, None, finding, "higher"),
        ]
    return metrics
