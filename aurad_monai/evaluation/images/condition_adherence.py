# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Condition adherence as metrics: Dice and surface distance of structures and findings, sides, zones, severity, AUROC.

Takes the measurements of `Resegmentation` for a synthetic set and for real images; gives `MetricResult` rows.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from aurad_monai import vocabulary
from aurad_monai.evaluation.measure import Measured
from aurad_monai.evaluation.metric_result import MetricResult, mean_result
from aurad_monai.statistics import UNKNOWN, Interval, auroc, statistic_interval

MIN_POSITIVES = 5
"""Minimum of cases with a finding for its AUROC and Dice."""
ATTRIBUTE_ROWS = {
    "present": ("requested finding detected", "higher"),
    "side": ("on the requested side", "higher"),
    "zone": ("in the requested zone", "higher"),
    "severity_error": ("error of severity, of four levels", "lower"),
}


def condition_adherence(synthetic: Measured, real: Measured | None = None) -> list[MetricResult]:
    """Measurements of `Resegmentation` as metrics, synthetic beside real images with masks.

    Real images give the upper bound: experts cannot be expected to detect more in synthetic images. Where the anatomy
    of the real images is the expert's own segmentation, its upper bound is meaningless.
    """
    metrics = []
    for measure, better in (("dice", "higher"), ("distance", "lower")):
        words = "Dice" if measure == "dice" else "surface distance, pixels"
        for part, names in (("structure", vocabulary.ANATOMY_NAMES), ("finding", vocabulary.FINDING_NAMES)):
            for channel, name in enumerate(names):
                values, beside = (_column(group, f"{part}_{measure}", channel) for group in (synthetic, real))
                if np.isfinite(values).sum() >= (MIN_POSITIVES if part == "finding" else 1):
                    metrics.append(mean_result("mask_adherence", words, values, beside, name, better))
    for channel, name in enumerate(vocabulary.FINDING_NAMES):
        value, count = _auroc(synthetic, channel)
        ceiling, real_count = _auroc(real, channel)
        if count:
            metrics.append(
                MetricResult("mask_adherence", "AUROC of the expert", value, count, name, ceiling, real_count, "higher")
            )
    for key, (words, better) in ATTRIBUTE_ROWS.items():
        metrics.append(
            mean_result("attribute_adherence", words, _column(synthetic, key), _column(real, key), better=better)
        )
    return metrics


def worst_to_best(synthetic: Measured) -> list[int]:
    """Indices of the cases by mean Dice of anatomy and findings, lowest first; cases without masks are left out."""
    parts = [synthetic.values["structure_dice"], synthetic.values["finding_dice"]]
    values = np.concatenate(parts, axis=1)
    known = np.isfinite(values)
    mean = np.where(known, values, 0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    return [int(i) for i in np.argsort(mean) if known[i].any()]


def _column(measured: Measured | None, key: str, channel: int | None = None) -> npt.NDArray[Any]:
    if measured is None:
        return np.zeros(0)
    values = measured.values[key]
    return values if channel is None else values[:, channel]


def _auroc(measured: Measured | None, channel: int) -> tuple[Interval, int]:
    """AUROC of the expert's score for presence in the mask, and the number of positive cases."""
    requested, scores = _column(measured, "requested", channel), _column(measured, "scores", channel)
    known = np.isfinite(requested) & np.isfinite(scores)
    with_it, without = scores[known & (requested == 1)], scores[known & (requested == 0)]
    if min(len(with_it), len(without)) < MIN_POSITIVES:
        return UNKNOWN, 0
    return statistic_interval(auroc, (with_it, without), 300), len(with_it)
