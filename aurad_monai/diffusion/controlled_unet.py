# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Mask conditioning of an imported diffusion network by a ControlNet (Zhang et al., arXiv 2302.05543).

Takes noisy latents and anatomy and pathology masks; gives the prediction of the frozen UNet that the ControlNet steers.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from monai.engines import PrepareBatch
from monai.inferers import ControlNetDiffusionInferer
from monai.networks.nets import AutoencoderKL, ControlNet, DiffusionModelUNet
from torch import nn

from aurad_monai.diffusion.conditioning import pool_to_grid
from aurad_monai.weights import read_checkpoint


class KLAutoencoder(nn.Module):
    """MONAI's AutoencoderKL with the `encode` and `decode` of `aurad_monai.diffusion.autoencoder`.

    Args:
        autoencoder: its weights stay as they are.
        scale_factor: what latents are multiplied with, as the diffusion network was trained.
    """

    def __init__(self, autoencoder: AutoencoderKL, scale_factor: float = 1.0) -> None:
        super().__init__()
        self.autoencoder = autoencoder.requires_grad_(False)
        self.scale_factor = scale_factor
        self.latent_channels: int = autoencoder.latent_channels
        encoder: Any = autoencoder.encoder
        self.factor: int = 2 ** (len(encoder.channels) - 1)

    def encode(self, data: torch.Tensor) -> torch.Tensor:
        """Latents (B, L, h, w) of images (B, 1, H, W) in [0, 1]: the mean, without noise."""
        mean: torch.Tensor = self.autoencoder.encode(data)[0]
        return mean * self.scale_factor

    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        """Images (B, 1, H, W) of latents."""
        image: torch.Tensor = self.autoencoder.decode(latents / self.scale_factor)
        return image


class ControlledUNet(nn.Module):
    """A fixed diffusion UNet steered by a ControlNet, which starts as a copy of the UNet's encoder and changes nothing.

    Args:
        unet: conditioned DiffusionModelUNet; it is frozen.
        controlnet: of the same levels; its conditioning embedding has one level, since conditions are of latent size.
        copy_weights: whether the ControlNet takes the UNet's weights where names and shapes agree.
    """

    def __init__(self, unet: DiffusionModelUNet, controlnet: ControlNet, copy_weights: bool = True) -> None:
        super().__init__()
        self.unet = unet.requires_grad_(False).eval()
        self.controlnet = controlnet
        if copy_weights:
            own = controlnet.state_dict()
            shared = {k: v for k, v in unet.state_dict().items() if k in own and v.shape == own[k].shape}
            controlnet.load_state_dict(own | shared)

    def train(self, mode: bool = True) -> ControlledUNet:
        """The ControlNet alone is trained."""
        super().train(mode)
        self.unet.eval()
        return self

    def forward(
        self, x: torch.Tensor, timesteps: torch.Tensor, context: torch.Tensor, condition: torch.Tensor
    ) -> torch.Tensor:
        """Prediction (B, L, h, w) for noisy latents x.

        Args:
            x: (B, L, h, w).
            timesteps: (B,).
            context: (B, tokens, features), such as text embeddings.
            condition: (B, C, h, w), anatomy and pathology.
        """
        down, middle = self.controlnet(x=x, timesteps=timesteps, controlnet_cond=condition, context=context)
        prediction: torch.Tensor = self.unet(
            x=x,
            timesteps=timesteps,
            context=context,
            down_block_additional_residuals=down,
            mid_block_additional_residual=middle,
        )
        return prediction


class ControlNetBatch(PrepareBatch):
    """One training step of DDPM (Ho et al., arXiv 2006.11239) on latents, with one context for all.

    Args:
        scheduler: DDPMScheduler; its prediction type says what the network predicts.
        context: (tokens, features), the text embedding all images are made with.
    """

    def __init__(self, scheduler: Any, context: torch.Tensor) -> None:
        self.scheduler = scheduler
        self.context = context

    def __call__(
        self,
        batchdata: Mapping[str, Any],
        device: str | torch.device | None = None,
        non_blocking: bool = False,
        **kwargs: Any,
    ) -> tuple[torch.Tensor, torch.Tensor, tuple[Any, ...], dict[str, torch.Tensor]]:
        latents = batchdata["latents"].to(device, torch.float32, non_blocking=non_blocking)
        condition = batchdata["condition"].to(device, torch.float32, non_blocking=non_blocking)
        noise = torch.randn_like(latents)
        steps = self.scheduler.num_train_timesteps
        timesteps = torch.randint(0, steps, (len(latents),), device=latents.device)
        noisy = self.scheduler.add_noise(original_samples=latents, noise=noise, timesteps=timesteps)
        target = noise
        if str(self.scheduler.prediction_type) == "v_prediction":
            target = self.scheduler.get_velocity(sample=latents, noise=noise, timesteps=timesteps)
        context = self.context.to(latents).expand(len(latents), -1, -1)
        return noisy, target, (), {"timesteps": timesteps, "context": context, "condition": condition}


@dataclass(frozen=True)
class ControlNetSampler:
    """Sampler of a `ControlledUNet`, by MONAI's ControlNetDiffusionInferer.

    Args:
        scheduler: DDIMScheduler or another one of MONAI, as the UNet was trained.
        context: (tokens, features), the text embedding of all images.
        num_inference_steps: network evaluations.
        presets: name to (num_inference_steps, guidance_scale).
    """

    scheduler: Any
    context: torch.Tensor
    num_inference_steps: int = 50
    presets: Mapping[str, Any] = field(default_factory=dict)

    def __call__(
        self,
        network: ControlledUNet,
        noise: torch.Tensor,
        condition: torch.Tensor,
        context: torch.Tensor,
        num_inference_steps: int | None = None,
        guidance_scale: float | None = None,
    ) -> torch.Tensor:
        """Latents of noise (B, L, h, w) and condition (B, C, H, W); the text embedding replaces `context`."""
        scheduler = copy.deepcopy(self.scheduler)  # MONAI's schedulers store the steps of a call
        scheduler.set_timesteps(num_inference_steps or self.num_inference_steps, device=noise.device)
        latents: Any = ControlNetDiffusionInferer(scheduler).sample(
            noise,
            network.unet,
            network.controlnet,
            cn_cond=pool_to_grid(condition, noise.shape),
            conditioning=self.context.to(noise).expand(len(noise), -1, -1),
            verbose=False,
        )
        return torch.as_tensor(latents)


def text_context(path: str | None, tokens: int, features: int) -> torch.Tensor:
    """A text embedding (tokens, features) saved with torch.save; zeros, "no text", where there is none."""
    if not path:
        return torch.zeros(tokens, features)
    embedding: torch.Tensor = read_checkpoint(path, "a tensor saved with torch.save")
    return embedding.reshape(-1, features).float()
