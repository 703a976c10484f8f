# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Resampling: a true velocity brings latents back whatever the start; a discriminator sees images alone."""

from __future__ import annotations

import torch
from torch import nn

from aurad_monai.diffusion.losses import DiscriminatorLoss, GeneratorLoss
from aurad_monai.diffusion.resampling import ConditionedImages, DiscriminatorInferer, ResamplingInferer

LATENTS = torch.full((2, 3, 4, 4), 0.5)


class TrueVelocity(nn.Module):
    """Knows the latents that every path ends at."""

    def forward(self, x: torch.Tensor, timesteps: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
        time = (timesteps / 1000).reshape(-1, 1, 1, 1)
        return (LATENTS - x[:, :3]) / time  # data - noise, as x = data - time * velocity


def test_the_true_velocity_leads_back_to_the_latents() -> None:
    inferer = ResamplingInferer(TrueVelocity(), latest=0.8, steps=4)
    again = inferer.resample(LATENTS, torch.zeros(2, 5, 32, 32), torch.zeros(2, 3, 6))
    assert torch.allclose(again, LATENTS, atol=1e-5)


def test_a_discriminator_does_not_see_the_conditions() -> None:
    class Last(nn.Module):
        def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
            return [x, x + 1]

    image = torch.zeros(1, 1, 4, 4)
    batch = ConditionedImages()({"image": image, "condition": image, "context": image})
    logits = DiscriminatorInferer()(batch[0], Last(), *batch[2], **batch[3])
    assert torch.equal(logits, image + 1)


def test_adversarial_losses_are_zero_for_the_winner() -> None:
    real, fake = torch.ones(2, 1, 3, 3), torch.zeros(2, 1, 3, 3)
    assert DiscriminatorLoss()(real, fake).item() == 0 and DiscriminatorLoss()(fake, real).item() == 1
    assert GeneratorLoss(0.1)(real).item() == 0 and abs(GeneratorLoss(0.1)(fake).item() - 0.1) < 1e-6
