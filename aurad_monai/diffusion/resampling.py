# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Training a decoder on what the sampler makes: real latents are noised part of the way and sampled back, then decoded.

A sampler in few steps leaves latents softer than real ones. A decoder that has only seen real latents shows that as
blur and blocks; one that has seen sampled latents beside the image they stand for, and a discriminator, undoes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from monai.engines import PrepareBatch
from monai.inferers import Inferer
from torch import nn
from torch.nn import functional

from aurad_monai.diffusion.latents import LatentSpace


class ResamplingInferer(Inferer):
    """Images to images: encode, noise to a time drawn for each batch, sample back to 0, decode.

    Args:
        diffusion_network: trained on the latents; runs without gradient and in bfloat16.
        latest: the largest time in (0, 1) noised to; what is sampled back must still resemble the image.
        steps: Euler steps back.
        num_train_timesteps: of the scheduler the network was trained with.
    """

    def __init__(
        self, diffusion_network: nn.Module, latest: float = 0.5, steps: int = 3, num_train_timesteps: int = 1000
    ) -> None:
        self.diffusion_network = diffusion_network.eval()
        self.latest, self.steps, self.num_train_timesteps = latest, steps, num_train_timesteps

    def __call__(  # type: ignore[override]
        self, inputs: torch.Tensor, network: LatentSpace, condition: torch.Tensor, context: torch.Tensor, **_: Any
    ) -> torch.Tensor:
        """Images (B, C, H, W) after the round trip.

        Args:
            inputs: images (B, C, H, W).
            network: the latent space whose decoder is trained.
            condition: (B, C', H, W) at the resolution of the images.
            context: (B, tokens, features).
        """
        latents = self.resample(network.encode(inputs), condition, context)
        with torch.autocast(inputs.device.type, torch.bfloat16):
            image = network.decode(latents)
        return image.float()

    @torch.no_grad()
    def resample(self, latents: torch.Tensor, condition: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
        """Latents (B, L, h, w) as the sampler would leave them."""
        small = functional.adaptive_avg_pool2d(condition, (latents.shape[-2], latents.shape[-1]))
        start = self.latest * float(torch.rand(()))
        state = (1 - start) * latents + start * torch.randn_like(latents)
        for step in range(self.steps):
            time = start * (1 - step / self.steps)
            timesteps = torch.full((len(state),), time * self.num_train_timesteps, device=state.device)
            with torch.autocast(state.device.type, torch.bfloat16):
                velocity = self.diffusion_network(torch.cat([state, small], 1), timesteps, context=context)
            state = state + start / self.steps * velocity.float()
        return state


class DiscriminatorInferer(Inferer):
    """Run a discriminator on images alone; MONAI's AdversarialTrainer hands it the generator's conditions too."""

    def __call__(self, inputs: torch.Tensor, network: Callable[..., Any], *_: Any, **__: Any) -> torch.Tensor:
        """Logits of the last of a MONAI PatchDiscriminator's outputs for images (B, C, H, W), as float32."""
        with torch.autocast(inputs.device.type, torch.bfloat16):
            logits = network(inputs)[-1]
        result: torch.Tensor = logits.float()
        return result


class ConditionedImages(PrepareBatch):
    """(image, image, (), condition and context): what `ResamplingInferer` needs of a batch."""

    def __call__(
        self,
        batchdata: Mapping[str, Any],
        device: str | torch.device | None = None,
        non_blocking: bool = False,
        **kwargs: Any,
    ) -> tuple[torch.Tensor, torch.Tensor, tuple[Any, ...], dict[str, torch.Tensor]]:
        image, condition, context = (
            batchdata[key].to(device, torch.float32, non_blocking=non_blocking)
            for key in ("image", "condition", "context")
        )
        return image, image, (), {"condition": condition, "context": context}
