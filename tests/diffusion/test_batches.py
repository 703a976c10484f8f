# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Batches: pairs by key, and one step of rectified flow whose input and target belong together."""

from __future__ import annotations

import torch

from aurad_monai.diffusion.batches import FlowTrainingBatch, Pair
from aurad_monai.diffusion.scheduler import FlowScheduler


def batch(size: int = 64) -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    return {
        "latents": torch.randn(size, 2, 4, 4),
        "condition": torch.ones(size, 5, 4, 4),
        "context": torch.ones(size, 3, 6),
    }


def prepare(drop: float) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    case = batch()
    latents = case["latents"].clone()
    inputs, target, args, kwargs = FlowTrainingBatch(FlowScheduler(), drop, always_on_channels=3)(case, "cpu")
    assert args == ()
    return latents, inputs, target, kwargs["timesteps"], kwargs["context"]


def test_pair_takes_its_keys_as_float() -> None:
    data = {"image": torch.ones(1, 1, 2, 2), "label": torch.ones(1, 3, 2, 2, dtype=torch.uint8)}
    image, label = Pair("image", "label")(data, "cpu")
    assert image.shape[1] == 1 and label.shape[1] == 3 and label.dtype == torch.float32


def test_input_and_target_lie_on_one_straight_line() -> None:
    latents, inputs, target, timesteps, _ = prepare(0.0)
    noise, time = latents - target, (timesteps.float() / 1000)[:, None, None, None]
    assert torch.allclose(inputs[:, :2], (1 - time) * latents + time * noise, atol=1e-2)
    assert 0.5 < noise.std() < 1.5
    assert timesteps.unique().numel() > 10


def test_nothing_is_dropped_at_chance_zero() -> None:
    _, inputs, _, _, context = prepare(0.0)
    assert inputs[:, 2:].min() == 1 and context.min() == 1


def test_dropping_keeps_the_chest_and_drops_findings_and_words_together() -> None:
    _, inputs, _, _, context = prepare(0.5)
    assert inputs[:, 2:5].min() == 1
    findings, words = inputs[:, 5:].amax(dim=(1, 2, 3)), context.amax(dim=(1, 2))
    assert torch.equal(findings, words) and 0.2 < words.mean() < 0.8


def test_a_seed_fixes_noise_and_times_and_leaves_the_generator_alone() -> None:
    fixed = FlowTrainingBatch(FlowScheduler(), 0.0, seed=0)
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    first = fixed(batch(), "cpu")
    torch.manual_seed(5)
    again = fixed(batch(), "cpu")
    assert torch.equal(first[0], again[0]) and torch.equal(first[3]["timesteps"], again[3]["timesteps"])
    torch.manual_seed(5)
    FlowTrainingBatch(FlowScheduler(), 0.0, seed=0)({**CASE}, "cpu")
    assert torch.equal(torch.rand(1), expected)


CASE = batch(2)
