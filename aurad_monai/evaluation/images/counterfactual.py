# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Counterfactual test: change of the image inside and outside a finding's mask, same seed with and without the mask.

Takes pairs of images (1, H, W) and a mask (H, W); gives mean absolute differences and `MetricResult` rows.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from aurad_monai.evaluation.metric_result import MetricResult, mean_result

MARGIN = 8
"""Pixels around a mask, of 256, that are neither inside nor outside: edges are blurred and anatomy gives way."""


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
