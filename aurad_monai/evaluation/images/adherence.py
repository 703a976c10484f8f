# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Does the radiograph obey the anatomy it was asked for? Structures found again in the image, against those asked."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from monai.metrics import compute_dice

from aurad_monai.experts.expert import Expert


def structure_dice(
    images: npt.NDArray[np.float32], anatomy: npt.NDArray[np.generic], expert: Expert
) -> npt.NDArray[np.float64]:
    """Dice of every structure.

    Args:
        images: (N, 1, H, W) in [0, 1].
        anatomy: (N, C, H, W), 0 or 1, what was asked.
        expert: segments images into the same C structures.

    Returns:
        (N, C); NaN where a structure was not asked for.
    """
    predicted = np.concatenate([expert(images[i : i + 8]) for i in range(0, len(images), 8)])
    requested = torch.from_numpy((np.asarray(anatomy) > 0).astype(np.float32))
    dice: npt.NDArray[Any] = compute_dice(torch.from_numpy(predicted.astype(np.float32)), requested).numpy()
    return dice.astype(np.float64)


def mean_interval(
    values: npt.NDArray[np.floating[Any]], draws: int = 2000, seed: int = 0
) -> tuple[float, float, float]:
    """Mean with its 95% bootstrap interval, NaN left out: (mean, low, high)."""
    known = np.asarray(values, dtype=np.float64)
    known = known[np.isfinite(known)]
    if not known.size:
        return (float("nan"),) * 3
    rng = np.random.default_rng(seed)
    means = known[rng.integers(0, known.size, (draws, known.size))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(known.mean()), float(low), float(high)
