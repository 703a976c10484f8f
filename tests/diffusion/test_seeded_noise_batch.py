# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Sampling starts from noise that belongs to the case: the same in any batch, another for each stream."""

from __future__ import annotations

import torch

from aurad_monai.diffusion.batches import SeededNoiseBatch
from aurad_monai.request.streams import Stream, entropy


def _batch(*seeds: int, stream: Stream = Stream.MASK) -> dict[str, torch.Tensor]:
    size, numbers = len(seeds), torch.tensor([entropy(stream, seed, "mass") for seed in seeds])
    return {"entropy": numbers, "condition": torch.ones(size, 16, 8, 8), "context": torch.ones(size, 16, 36)}


def test_noise_follows_the_entropy_alone() -> None:
    prepare = SeededNoiseBatch((4, 3, 3))
    together, target, args, conditions = prepare(_batch(1, 2, 1))
    alone = prepare(_batch(2))[0]
    assert together.shape == (3, 4, 3, 3) and target is None and args == ()
    assert torch.equal(together[1], alone[0]) and torch.equal(together[0], together[2])
    assert not torch.equal(together[0], together[1])
    assert set(conditions) == {"condition", "context"}


def test_mask_and_image_of_a_seed_have_different_noise() -> None:
    mask, image = (SeededNoiseBatch((4, 3, 3))(_batch(1, stream=s))[0] for s in (Stream.MASK, Stream.IMAGE))
    assert not torch.equal(mask, image)
