# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The mean block: a planted pattern is found whatever lies under it, and taken off by the offset."""

from __future__ import annotations

import numpy as np
import torch

from aurad_monai.diffusion.autoencoder import ImageAutoencoder
from recipes.images.mean_block import BLOCK, corrected, mean_block

RNG = np.random.default_rng(0)
PATTERN = 0.01 * np.outer(np.cos(np.pi * np.arange(BLOCK) / 4), np.cos(np.pi * np.arange(BLOCK) / 4))


def smooth(count: int) -> np.ndarray:
    """Images without a lattice: ramps of random slopes."""
    ramp = np.linspace(0, 1, 64)
    return np.stack([RNG.random() * ramp[:, None] + RNG.random() * ramp for _ in range(count)]) / 2


def test_a_planted_pattern_is_found() -> None:
    planted = smooth(20) + np.tile(PATTERN, (8, 8))
    np.testing.assert_allclose(mean_block(planted), PATTERN, atol=1e-6)
    assert abs(mean_block(smooth(20))).max() < 1e-6


def test_the_offset_takes_it_off_what_is_decoded() -> None:
    network = ImageAutoencoder(1, 4, (16, 32)).eval()
    before = network.decode(torch.zeros(1, 4, 8, 8))
    planted, scale = smooth(20) + np.tile(PATTERN, (8, 8)) / 0.5, 0.5
    network.offset.copy_(corrected(network.offset, planted, smooth(20), scale))
    moved = (network.decode(torch.zeros(1, 4, 8, 8)) - before)[0, 0].detach().numpy()
    np.testing.assert_allclose(moved, -np.tile(PATTERN, (8, 8)), atol=1e-5)
