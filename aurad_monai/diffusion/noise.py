# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Noise that a sampler starts from, reproducible case by case.

Takes the integers that seed each case and the shape of its latents; gives standard normal noise.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch


def seeded_noise(entropy: Sequence[Sequence[int]], shape: Sequence[int]) -> torch.Tensor:
    """Standard normal noise (len(entropy), *shape); that of case i depends on `entropy[i]` alone.

    Args:
        entropy: integers from 0 that seed the generator of each case, such as (seed, stream).
        shape: of one case.
    """
    draws = [np.random.default_rng(tuple(e)).standard_normal(tuple(shape), dtype=np.float32) for e in entropy]
    return torch.from_numpy(np.stack(draws))
