# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
import torch

from aurad_monai.diffusion.scheduler import FlowScheduler
from aurad_monai.diffusion.solver import integrate


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("steps", [1, 4, 10])
def test_a_straight_path_is_followed_to_its_end(steps: int, order: int) -> None:
    target, calls = torch.randn(2, 2, 4, 4), []

    def velocity(x: torch.Tensor, time: float) -> torch.Tensor:
        calls.append(time)
        return (target - x) / time

    made = integrate(velocity, torch.randn(2, 2, 4, 4), FlowScheduler().times(steps), order)
    assert len(calls) == steps and calls[0] == 1.0
    assert torch.allclose(made, target, atol=1e-4)


def test_the_second_order_follows_a_bend_more_closely() -> None:
    """Of the path x(t) = x(1) + 1 - t * t."""
    times = FlowScheduler(shift=2.0).times(8)
    errors = [
        float((integrate(lambda x, t: torch.full_like(x, 2 * t), torch.zeros(1), times, order) - 1).abs())
        for order in (1, 2)
    ]
    assert errors[1] < errors[0] / 5


def test_few_steps_close_at_the_ends_keep_coarse_and_fine_amplitudes() -> None:
    """The exact flow of Gaussian data of SD s leads from noise of 1 to s."""
    errors = []
    for scheduler in (FlowScheduler(shift=2.0), FlowScheduler(cosine_weight=0.5)):
        ratios = []
        for s in (0.15, 0.5, 1.5, 5.0, 15.0):

            def velocity(x: torch.Tensor, t: float, variance: float = s * s) -> torch.Tensor:
                return ((1 - t) * variance - t) / (t**2 + (1 - t) ** 2 * variance) * x

            ratios.append(float(integrate(velocity, torch.ones(1), scheduler.times(10), 2)) / s)
        errors.append(max(abs(ratio - 1) for ratio in ratios))
    assert errors[1] < 0.12 < 0.3 < errors[0]
