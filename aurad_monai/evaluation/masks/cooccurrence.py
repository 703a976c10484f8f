# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Co-occurrence of findings in masks: how often pairs occur together, their overlap and the distance of their centers.

Takes masks; gives a table (cases, pairs, 3) and Pearson correlations with the table of real masks.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt

from aurad_monai import vocabulary
from aurad_monai.evaluation.masks.sampled_masks import SampledMask

PAIRS = tuple(combinations(vocabulary.FINDING_NAMES, 2))
FloatArray = npt.NDArray[np.float64]


def pair_table(masks: Sequence[SampledMask]) -> FloatArray:
    """What each case says of each pair of findings.

    Returns:
        (cases, pairs, 3): 1 where both are drawn, else 0; their overlap (intersection over the smaller); and the
        distance of their centers in widths of the lungs. Overlap and distance are NaN where not both are drawn.
    """
    table = np.full((len(masks), len(PAIRS), 3), np.nan)
    table[:, :, 0] = 0.0
    for row, mask in zip(table, masks, strict=True):
        names = mask.names
        shapes = {name: mask.shape(name) for name in names}
        centers = {name: np.array(np.nonzero(shape)).mean(axis=1) for name, shape in shapes.items()}
        width = mask.lung_frame()[3]
        for index, (first, second) in enumerate(PAIRS):
            if first in shapes and second in shapes:
                smaller = min(shapes[first].sum(), shapes[second].sum())
                overlap = (shapes[first] & shapes[second]).sum() / smaller
                row[index] = 1.0, overlap, np.linalg.norm(centers[first] - centers[second]) / width
    return table


def agreement(sampled: FloatArray, real: FloatArray, min_count: int = 10) -> dict[str, float]:
    """Pearson correlations of what pairs do in drawn and in real masks.

    Args:
        sampled: from `pair_table`.
        real: from `pair_table`.
        min_count: overlap and distance are compared for pairs with so many real cases.

    Returns:
        `cooccurrence` over all pairs; `overlap` and `distance` over the common ones.
    """
    often = (real[:, :, 0].sum(axis=0) >= min_count) & (sampled[:, :, 0].sum(axis=0) >= 3)
    result = {"cooccurrence": _pearson(sampled[:, :, 0].mean(axis=0), real[:, :, 0].mean(axis=0))}
    for column, name in ((1, "overlap"), (2, "distance")):
        means = [np.nanmean(table[:, often, column], axis=0) if often.any() else [] for table in (sampled, real)]
        result[name] = _pearson(np.asarray(means[0]), np.asarray(means[1]))
    return result


def agreement_interval(
    sampled: FloatArray, real: FloatArray, draws: int = 200, seed: int = 0
) -> dict[str, tuple[float, float, float]]:
    """Each correlation of `agreement` with its 95% bootstrap interval over the drawn cases: (value, low, high)."""
    rng, value = np.random.default_rng(seed), agreement(sampled, real)
    again = [agreement(sampled[rng.integers(0, len(sampled), len(sampled))], real) for _ in range(draws)]
    ends = {name: np.nanquantile([one[name] for one in again], [0.025, 0.975]) for name in value}
    return {name: (value[name], float(ends[name][0]), float(ends[name][1])) for name in value}


def _pearson(first: FloatArray, second: FloatArray) -> float:
    if len(first) < 3 or not np.std(first) or not np.std(second):
        return float("nan")
    return float(np.corrcoef(first, second)[0, 1])
