# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Diversity of a set: MS-SSIM of random pairs; values near 1 mean mode collapse.

Takes a function that gives image i; gives one MS-SSIM a pair.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from monai.metrics.regression import MultiScaleSSIMMetric

SCALES = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
"""Weights of the five scales (Wang, Simoncelli and Bovik, Asilomar 2003)."""


def pair_similarity(
    count: int, image: Callable[[int], npt.NDArray[np.float32]], pairs: int = 100, seed: int = 0
) -> npt.NDArray[np.float64]:
    """MS-SSIM of random pairs of different images of a set, two of which are in memory at a time.

    Args:
        count: images in the set.
        image: gives one, (1, S, S) in [0, 1].
        pairs: to be drawn, or all there are; every image is drawn at most once more often than another.
        seed: of the draw.

    Returns:
        (P,), empty for fewer than two images.
    """
    if count < 2:
        return np.zeros(0)
    rng = np.random.default_rng(seed)
    chosen: list[tuple[int, int]] = []
    pairs = min(pairs, count * (count - 1) // 2)
    while len(chosen) < pairs:
        order = rng.permutation(count)
        chosen += list(zip(order[::2], order[1::2], strict=False))
    metric = MultiScaleSSIMMetric(spatial_dims=2, data_range=1.0, weights=list(SCALES))
    values = []
    for a, b in chosen[:pairs]:
        similar: Any = metric(torch.from_numpy(image(int(a))[None]), torch.from_numpy(image(int(b))[None]))
        values.append(float(similar))
    return np.asarray(values, dtype=np.float64)
