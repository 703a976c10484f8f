# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""MONAI `PrepareBatch` classes: from a batch of cases to the input, target and conditions of a network.

Takes dictionaries of tensors by key; gives (input, target) and, for a diffusion network, timesteps and context.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from monai.engines import PrepareBatch

from aurad_monai.diffusion.noise import seeded_noise
from aurad_monai.diffusion.scheduler import FlowScheduler

Batch = Mapping[str, Any]


class Pair(PrepareBatch):
    """(input, target) of the two named keys, as float32.

    Args:
        image: key of the input.
        label: key of the target; the input itself for an autoencoder.
    """

    def __init__(self, image: str, label: str) -> None:
        self.image = image
        self.label = label

    def __call__(
        self,
        batchdata: Batch,
        device: str | torch.device | None = None,
        non_blocking: bool = False,
        **kwargs: Any,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        image = batchdata[self.image].to(device, torch.float32, non_blocking=non_blocking)
        return image, batchdata[self.label].to(device, torch.float32, non_blocking=non_blocking)


def training_example(
    scheduler: FlowScheduler,
    latents: torch.Tensor,
    condition: torch.Tensor,
    noise: torch.Tensor,
    timesteps: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Input and target of one training step of rectified flow (Liu et al., arXiv 2209.03003).

    Args:
        scheduler: adds the noise.
        latents: of real data (B, L, h, w).
        condition: (B, C, h, w), at the resolution of the latents.
        noise: (B, L, h, w), standard normal.
        timesteps: (B,).

    Returns:
        Noisy latents joined with the condition (B, L + C, h, w), and the velocity, latents minus noise (B, L, h, w).
    """
    noisy = scheduler.add_noise(latents, noise, timesteps)
    return torch.cat([noisy, condition], dim=1), latents - noise


class FlowTrainingBatch(PrepareBatch):
    """A training step of rectified flow with condition dropout for classifier-free guidance.

    Args:
        scheduler: samples timesteps and adds noise.
        drop_probability: how often a case loses its context and all channels of its condition after
            `always_on_channels`.
        always_on_channels: channels that are never dropped (the anatomy).
        seed: None draws noise and timesteps anew; a number draws the same ones for each batch of that size, as a
            validation loss needs.
    """

    def __init__(
        self,
        scheduler: FlowScheduler,
        drop_probability: float = 0.15,
        always_on_channels: int = 3,
        seed: int | None = None,
    ) -> None:
        self.scheduler, self.drop_probability = scheduler, drop_probability
        self.always_on_channels, self.seed = always_on_channels, seed

    def __call__(
        self,
        batchdata: Batch,
        device: str | torch.device | None = None,
        non_blocking: bool = False,
        **kwargs: Any,
    ) -> tuple[torch.Tensor, torch.Tensor, tuple[Any, ...], dict[str, torch.Tensor]]:
        latents, condition, context = (
            batchdata[name].to(device, torch.float32, non_blocking=non_blocking)
            for name in ("latents", "condition", "context")
        )
        with torch.random.fork_rng(enabled=self.seed is not None):
            if self.seed is not None:
                torch.manual_seed(self.seed)
            kept = torch.rand(len(latents), 1, 1, device=latents.device) >= self.drop_probability
            noise = torch.randn_like(latents)
            timesteps = self.scheduler.sample_timesteps(latents)
        # products, as indexing by a mask would make a GPU wait for the step before
        condition[:, self.always_on_channels :] *= kept[:, None]
        inputs, target = training_example(self.scheduler, latents, condition, noise, timesteps)
        return inputs, target, (), {"timesteps": timesteps, "context": context * kept}


class SeededNoiseBatch(PrepareBatch):
    """Input of a sampler: noise that depends on the `entropy` of each case alone, condition and context.

    Args:
        latent_shape: (L, h, w) of one case.
    """

    def __init__(self, latent_shape: Sequence[int]) -> None:
        self.latent_shape = tuple(latent_shape)

    def __call__(
        self,
        batchdata: Batch,
        device: str | torch.device | None = None,
        non_blocking: bool = False,
        **kwargs: Any,
    ) -> tuple[torch.Tensor, None, tuple[Any, ...], dict[str, torch.Tensor]]:
        entropy = torch.as_tensor(batchdata["entropy"]).tolist()
        noise = seeded_noise(entropy, self.latent_shape).to(device, non_blocking=non_blocking)
        conditions = {
            name: batchdata[name].to(device, torch.float32, non_blocking=non_blocking)
            for name in ("condition", "context")
        }
        return noise, None, (), conditions
