# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""How a batch of cases reaches a network: which key is its input, which its target, and what conditions it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from monai.engines import PrepareBatch
from monai.networks.schedulers import RFlowScheduler

from aurad_monai.diffusion.sample import seeded_noise

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


class RectifiedFlowBatch(PrepareBatch):
    """One training step of rectified flow (Liu et al., arXiv 2209.03003) with conditions dropped for guidance.

    Draws noise and a time for each case; the input is the noisy latents joined with the condition, the target is the
    velocity, latents minus noise.

    Args:
        scheduler: RFlowScheduler; says how times are drawn and noise is added.
        drop_probability: how often a case loses its context and all channels of its condition after `kept_channels`.
        kept_channels: channels that are never dropped (the anatomy).
    """

    def __init__(self, scheduler: RFlowScheduler, drop_probability: float = 0.15, kept_channels: int = 3) -> None:
        self.scheduler = scheduler
        self.drop_probability = drop_probability
        self.kept_channels = kept_channels

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
        kept = torch.rand(len(latents), 1, 1, device=latents.device) >= self.drop_probability
        # products, as indexing by a mask would make a GPU wait for the step before
        condition[:, self.kept_channels :] *= kept[:, None]
        context = context * kept
        noise = torch.randn_like(latents)
        timesteps = self.scheduler.sample_timesteps(latents)
        noisy = self.scheduler.add_noise(latents, noise, timesteps)
        inputs = torch.cat([noisy, condition], dim=1)
        return inputs, latents - noise, (), {"timesteps": timesteps, "context": context}


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
