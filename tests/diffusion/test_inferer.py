# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from aurad_monai.diffusion.inferer import RectifiedFlowInferer, sampling_times, seeded_noise
from aurad_monai.diffusion.latents import MaskLatentSpace


class Towards(nn.Module):
    """A velocity field that leads to a target in a straight line: the exact answer of a perfect network."""

    def __init__(self, target: torch.Tensor) -> None:
        super().__init__()
        self.target, self.calls = target, 0

    def forward(self, inputs: torch.Tensor, timesteps: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        latents = inputs[:, : self.target.shape[1]]
        return (self.target - latents) / (timesteps[:, None, None, None] / 1000)


class Conditional(nn.Module):
    """Velocity 1 where a condition is given and 0 where it is not, to see what guidance does."""

    def forward(self, inputs: torch.Tensor, timesteps: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
        given = inputs[:, -1:].amax(dim=(1, 2, 3), keepdim=True)
        return given.expand(-1, 2, *inputs.shape[-2:])


@pytest.fixture
def space() -> MaskLatentSpace:
    torch.manual_seed(0)
    return MaskLatentSpace(2, 2, channels=(16, 16)).eval()


def test_noise_depends_on_the_seed_alone() -> None:
    together = seeded_noise([3, 4, 5], (2, 4, 4))
    assert torch.equal(together[1:2], seeded_noise([4], (2, 4, 4)))
    assert not torch.equal(together[0], together[1])
    assert not torch.equal(together, seeded_noise([3, 4, 5], (2, 4, 4), stream=1))


@pytest.mark.parametrize("steps", [1, 4, 10])
def test_a_straight_path_is_followed_to_its_end(space: MaskLatentSpace, steps: int) -> None:
    target = torch.randn(2, 2, 4, 4)
    network = Towards(target)
    inferer = RectifiedFlowInferer(space, num_inference_steps=steps, guidance_scale=1.0, kept_channels=1)
    made = inferer(torch.randn(2, 2, 4, 4), network, torch.zeros(2, 2, 32, 32), torch.zeros(2, 3, 5))
    assert network.calls == steps
    assert torch.allclose(made, space.decode(target), atol=1e-3)


def test_times_lie_closer_at_the_ends_where_asked() -> None:
    even, ends = (np.diff(sampling_times(10, ends=share)) for share in (0.0, 0.7))
    assert np.allclose(even, -0.1)
    assert np.allclose(ends, ends[::-1], atol=1e-6)  # alike at noise and at data
    assert np.all(np.diff(np.abs(ends[:5])) > 0)
    for times in (sampling_times(10, 3.0, 0.7), sampling_times(1)):
        assert (times[0], times[-1]) == (1.0, 0.0)
        assert np.all(np.diff(times) < 0)


def test_few_steps_close_at_the_ends_keep_coarse_and_fine_amplitudes(space: MaskLatentSpace) -> None:
    """The exact flow of Gaussian data of deviation s leads from noise of 1 to s."""
    errors = []
    space.decode = lambda latents: latents  # type: ignore[method-assign]
    for shift, ends in ((2.0, 0.0), (1.0, 0.5)):
        inferer = RectifiedFlowInferer(space, 1000, 10, 1.0, 1, time_shift=shift, time_ends=ends, order=2)
        reached = [
            inferer(torch.ones(1, 2, 4, 4), Gaussian(s), torch.zeros(1, 2, 32, 32), torch.zeros(1, 3, 5)).mean() / s
            for s in (0.15, 0.5, 1.5, 5.0, 15.0)
        ]
        errors.append(max(abs(float(ratio) - 1) for ratio in reached))
    assert errors[1] < 0.12 < 0.3 < errors[0]


class Gaussian(nn.Module):
    """The velocity of data of a deviation, each number by itself."""

    def __init__(self, deviation: float) -> None:
        super().__init__()
        self.variance = deviation**2

    def forward(self, inputs: torch.Tensor, timesteps: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
        time = timesteps[:, None, None, None] / 1000
        whole = time**2 + (1 - time) ** 2 * self.variance
        return ((1 - time) * self.variance - time) / whole * inputs[:, :2]


class Curved(nn.Module):
    """The velocity of a path that bends: latents(t) = latents(1) + 1 - t * t."""

    def forward(self, inputs: torch.Tensor, timesteps: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
        return (2 * timesteps[:, None, None, None] / 1000).expand(-1, 2, *inputs.shape[-2:])


def test_the_second_order_follows_a_bend_more_closely(space: MaskLatentSpace) -> None:
    start, errors = torch.zeros(1, 2, 4, 4), []
    for order in (1, 2):
        inferer = RectifiedFlowInferer(space, 1000, 8, 1.0, kept_channels=1, time_shift=2.0, order=order)
        reached: list[torch.Tensor] = []
        space.decode = lambda latents, kept=reached: kept.append(latents) or latents  # type: ignore[method-assign]
        inferer(start, Curved(), torch.zeros(1, 2, 32, 32), torch.zeros(1, 3, 5))
        errors.append(float((reached[0] - 1).abs().max()))
    assert errors[1] < errors[0] / 5


def test_centered_noise_has_no_pattern_that_repeats_in_every_block(space: MaskLatentSpace) -> None:
    noise = torch.randn(2, 2, 4, 4)
    space.decode = lambda latents: latents  # type: ignore[method-assign]
    for center_noise in (False, True):
        inferer = RectifiedFlowInferer(space, 1000, 2, 1.0, 1, order=2, center_noise=center_noise)
        made = inferer(noise, Still(), torch.zeros(2, 2, 32, 32), torch.zeros(2, 3, 5))
        gone = noise.mean(dim=(2, 3), keepdim=True) if center_noise else 0.0
        assert torch.allclose(made, noise - gone, atol=1e-6)


class Still(nn.Module):
    """No velocity, as a network leaves what it does not see."""

    def forward(self, inputs: torch.Tensor, timesteps: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
        return torch.zeros_like(inputs[:, :2])


def test_guidance_moves_away_from_the_unconditioned(space: MaskLatentSpace) -> None:
    condition = torch.zeros(1, 2, 32, 32)
    condition[:, 1] = 1.0
    start = torch.zeros(1, 2, 4, 4)
    for scale in (1.0, 3.0):
        inferer = RectifiedFlowInferer(space, num_inference_steps=2, guidance_scale=scale, kept_channels=1)
        made = inferer(start, Conditional(), condition, torch.zeros(1, 3, 5))
        assert torch.allclose(made, space.decode(start + scale), atol=1e-4)
