# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
import torch
from monai.networks.schedulers import RFlowScheduler

from aurad_monai.diffusion.scheduler import FlowScheduler


@pytest.mark.parametrize("steps", [1, 4, 10, 25])
def test_an_even_grid_is_that_of_monai(steps: int) -> None:
    theirs = RFlowScheduler(use_discrete_timesteps=False)
    theirs.set_timesteps(steps)
    assert torch.allclose(1000 * FlowScheduler().times(steps)[:-1], theirs.timesteps.float(), atol=0.5)


def test_shifted_training_times_are_those_of_monai() -> None:
    theirs = RFlowScheduler(
        use_discrete_timesteps=False, use_timestep_transform=True, base_img_size_numel=16, spatial_dim=2
    )
    latents = torch.zeros(64, 2, 32, 32)
    torch.manual_seed(0)
    expected = theirs.sample_timesteps(latents)
    torch.manual_seed(0)
    assert torch.allclose(FlowScheduler(shift=8.0).sample_timesteps(latents), expected, rtol=1e-5)


def test_times_lie_closer_at_the_ends_with_cosine_weight() -> None:
    even, ends = (np.diff(FlowScheduler(cosine_weight=weight).times(10).numpy()) for weight in (0.0, 0.7))
    assert np.allclose(even, -0.1, atol=1e-6)
    assert np.allclose(ends, ends[::-1], atol=1e-6)  # alike at noise and at data
    assert np.all(np.diff(np.abs(ends[:5])) > 0)
    for times in (FlowScheduler(shift=3.0, cosine_weight=0.7).times(10), FlowScheduler().times(1)):
        assert (times[0], times[-1]) == (1.0, 0.0)
        assert np.all(np.diff(times.numpy()) < 0)


def test_a_grid_stores_nothing() -> None:
    scheduler = FlowScheduler()
    before = dict(vars(scheduler))
    scheduler.times(7)
    assert vars(scheduler) == before


def test_velocity_of_a_predicted_sample() -> None:
    data, noise = torch.randn(2, 3, 4, 4), torch.randn(2, 3, 4, 4)
    timesteps = torch.tensor([200.0, 900.0])
    scheduler = FlowScheduler(prediction_type="sample")
    noisy = scheduler.add_noise(data, noise, timesteps)
    assert torch.allclose(scheduler.to_velocity(data, noisy, timesteps), data - noise, atol=1e-5)
    assert torch.equal(FlowScheduler().to_velocity(data, noisy, timesteps), data)
    assert scheduler.to_velocity(data, noisy, torch.zeros(2)).isfinite().all()


def test_other_predictions_are_refused() -> None:
    with pytest.raises(ValueError, match="v_prediction, sample"):
        FlowScheduler(prediction_type="epsilon")
