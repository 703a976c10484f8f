# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Our masks on a network of others: a ControlNet (Zhang et al., arXiv 2302.05543) beside a UNet that stays fixed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from monai.engines import PrepareBatch
from monai.networks.nets import AutoencoderKL, ControlNet, DiffusionModelUNet
from torch import nn


class KLLatents(nn.Module):
    """An AutoencoderKL as the latent space that `CachedLatents` encodes with.

    Args:
        autoencoder: its weights stay as they are.
        scale_factor: what latents are multiplied with, as the diffusion network was trained.
    """

    def __init__(self, autoencoder: AutoencoderKL, scale_factor: float = 1.0) -> None:
        super().__init__()
        self.autoencoder = autoencoder.requires_grad_(False)
        self.scale_factor = scale_factor

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
        copy: whether the ControlNet takes the UNet's weights where names and shapes agree.
    """

    def __init__(self, unet: DiffusionModelUNet, controlnet: ControlNet, copy: bool = True) -> None:
        super().__init__()
        self.unet = unet.requires_grad_(False).eval()
        self.controlnet = controlnet
        if copy:
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


def text_context(path: str | None, tokens: int, features: int) -> torch.Tensor:
    """A text embedding (tokens, features) saved with torch.save; zeros, "no text", where there is none."""
    if not path:
        return torch.zeros(tokens, features)
    embedding: torch.Tensor = torch.load(path, map_location="cpu", weights_only=True)
    return embedding.reshape(-1, features).float()
