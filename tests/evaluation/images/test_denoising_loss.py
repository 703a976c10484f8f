# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The loss of a network that knows the answer is zero, and that of one that knows nothing is what a hand computes."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from aurad_monai.case import Case
from aurad_monai.diffusion.autoencoder import ImageAutoencoder
from aurad_monai.diffusion.sample import DiffusionModel
from aurad_monai.diffusion.sampler import FlowSampler
from aurad_monai.diffusion.scheduler import FlowScheduler
from aurad_monai.evaluation.images.denoising_loss import case_loss
from tests.conftest import ellipse_chest

CASE = Case("a", image=np.full((1, 64, 64), 0.5, np.float32), anatomy=ellipse_chest(64))
TIMES = torch.tensor((0.25, 0.75))
NOISE = torch.from_numpy(np.random.default_rng(0).normal(size=(2, 8, 8, 8)).astype(np.float32))


class Knows(torch.nn.Module):
    """Gives a fixed velocity and checks what it is shown."""

    def __init__(self, velocity: torch.Tensor) -> None:
        super().__init__()
        self.velocity = torch.nn.Parameter(velocity)

    def forward(self, inputs: torch.Tensor, timesteps: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
        assert inputs.shape == (2, 24, 8, 8) and timesteps.tolist() == [250, 750] and len(context) == 2
        assert torch.allclose(inputs[:, :8], TIMES.reshape(-1, 1, 1, 1) * NOISE)  # latents are zero
        return self.velocity


@pytest.mark.parametrize(("off", "loss"), [(0.0, 0.0), (2.0, 4.0)])
def test_loss_by_hand(off: float, loss: float) -> None:
    autoencoder = ImageAutoencoder(1, 8, channels=(16, 16))  # an untrained basis: latents are zero
    model = DiffusionModel(Knows(off - NOISE), autoencoder, FlowSampler(FlowScheduler()), (8, 8, 8), dict)
    assert case_loss(CASE, model, NOISE, TIMES) == pytest.approx(loss, abs=1e-6)
