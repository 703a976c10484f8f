# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import Any

import torch
from torch import nn

from aurad_monai import vocabulary
from aurad_monai.diffusion.sampler import FlowSampler
from aurad_monai.diffusion.scheduler import FlowScheduler
from aurad_monai.prompts.context import COLUMNS, FEATURES, TOKENS

NOISE, CONDITION, CONTEXT = torch.randn(2, 2, 4, 4), torch.zeros(2, 2, 32, 32), torch.zeros(2, 3, 5)


class Conditional(nn.Module):
    """Velocity 1 where a condition is given and 0 where it is not, to see what guidance does."""

    def forward(self, inputs: torch.Tensor, timesteps: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
        given = inputs[:, -1:].amax(dim=(1, 2, 3), keepdim=True)
        return given.expand(-1, 2, *inputs.shape[-2:])


class Still(nn.Module):
    """No velocity."""

    def forward(self, inputs: torch.Tensor, timesteps: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
        return torch.zeros_like(inputs[:, :2])


class Watched(Still):
    """Keeps its inputs."""

    def forward(self, inputs: torch.Tensor, timesteps: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
        self.inputs, self.timesteps = inputs, timesteps
        return super().forward(inputs, timesteps, context)


def sampler(**options: Any) -> FlowSampler:
    return FlowSampler(FlowScheduler(), 2, always_on_channels=1, **options)


def test_guidance_moves_away_from_the_unconditional() -> None:
    condition = CONDITION.clone()
    condition[:, 1] = 1.0
    for scale in (1.0, 3.0):
        made = sampler(guidance_scale=scale)(Conditional(), torch.zeros_like(NOISE), condition, CONTEXT)
        assert torch.allclose(made, torch.full_like(NOISE, scale), atol=1e-5)


def test_zero_mean_noise_has_no_pattern_that_repeats_in_every_block() -> None:
    for zero_mean_noise in (False, True):
        made = sampler(zero_mean_noise=zero_mean_noise)(Still(), NOISE, CONDITION, CONTEXT)
        removed = NOISE.mean(dim=(2, 3), keepdim=True) if zero_mean_noise else 0.0
        assert torch.allclose(made, NOISE - removed, atol=1e-6)


def test_the_network_is_given_the_pooled_condition_and_timesteps_of_training() -> None:
    network, condition = Watched(), torch.rand(2, 2, 32, 32)
    sampler()(network, NOISE, condition, CONTEXT)
    assert torch.allclose(network.inputs[:, 2:], condition.reshape(2, 2, 4, 8, 4, 8).mean(dim=(3, 5)), atol=1e-6)
    assert network.timesteps.tolist() == [500.0, 500.0]  # of the second of two steps


def test_settings_of_a_call_are_of_that_call() -> None:
    condition = CONDITION.clone()
    condition[:, 1] = 1.0
    made = sampler()
    assert made(Conditional(), torch.zeros_like(NOISE), condition, CONTEXT, 5, 2.0).mean() > 1.9
    assert torch.allclose(made(Conditional(), torch.zeros_like(NOISE), condition, CONTEXT), torch.ones(1), atol=1e-5)


class TellsOfFindings(nn.Module):
    """Velocity 1 where any finding is given anywhere in the picture, as a network of attention may have it."""

    def forward(self, inputs: torch.Tensor, timesteps: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
        planes = inputs[:, 2 + len(vocabulary.ANATOMY_NAMES) :]
        told = torch.maximum(planes.amax(dim=(1, 2, 3)), context[:, :-1].amax(dim=(1, 2)))
        return told[:, None, None, None].expand(-1, 2, *inputs.shape[-2:])


def test_findings_are_told_of_where_their_masks_lie_alone() -> None:
    condition = torch.zeros(2, len(vocabulary.ANATOMY_NAMES) + len(vocabulary.FINDING_NAMES), 64, 64)
    condition[:, 0] = 1.0  # lungs are told of everywhere
    condition[1, -2, 16:32, 8:24] = 1.0  # the first case has no finding
    noise, context = torch.zeros(2, 2, 16, 16), torch.zeros(2, TOKENS, FEATURES)
    context[1, 0, COLUMNS["name"] + len(vocabulary.FINDING_NAMES) - 2] = 1.0  # words tell of it too
    everywhere = sampler()(TellsOfFindings(), noise, condition, context)
    local = sampler(local_findings=True)(TellsOfFindings(), noise, condition, context)
    assert everywhere[0].abs().max() == local[0].abs().max() == 0
    torch.testing.assert_close(everywhere[1], torch.ones(2, 16, 16))
    torch.testing.assert_close(local[1, :, 4:8, 2:6], torch.ones(2, 4, 4))
    far = torch.ones(16, 16, dtype=torch.bool)
    far[2:10, 0:8] = False
    assert local[1][:, far].abs().max() == 0
    assert 0 < local[1, 0, 3, 3] < 1  # falls over two cells
    half = sampler(local_findings=True)(TellsOfFindings(), noise.double(), condition.double(), context.double())
    torch.testing.assert_close(half, local.double())
