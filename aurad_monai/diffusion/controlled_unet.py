# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Our masks on a network of others: a ControlNet (Zhang et al., arXiv 2302.05543) beside a UNet that stays fixed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from monai.engines import PrepareBatch
from monai.inferers import ControlNetDiffusionInferer, Inferer
from monai.networks.nets import AutoencoderKL, ControlNet, DiffusionModelUNet
from torch import nn
from torch.nn import functional

from aurad_monai.weights import read_checkpoint


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


class ControlledInferer(Inferer):
    """Sample a `ControlledUNet` for given masks, and decode what it made.

    Args:
        latent_space: its decoder gives images.
        scheduler: DDIMScheduler or another one of MONAI, as the UNet was trained.
        context: (tokens, features), the text embedding images are made with.
        num_inference_steps: steps from noise to data.
    """

    def __init__(
        self, latent_space: KLLatents, scheduler: Any, context: torch.Tensor, num_inference_steps: int = 50
    ) -> None:
        self.latent_space = latent_space.eval()
        self.scheduler = scheduler
        self.context = context
        self.num_inference_steps = num_inference_steps

    @torch.no_grad()
    def __call__(  # type: ignore[override]
        self, inputs: torch.Tensor, network: ControlledUNet, condition: torch.Tensor, **_: Any
    ) -> torch.Tensor:
        """Images (B, 1, H, W) from noise (B, L, h, w) and a condition (B, C, H, W), averaged down to (h, w)."""
        self.scheduler.set_timesteps(self.num_inference_steps, device=inputs.device)
        latents: Any = ControlNetDiffusionInferer(self.scheduler).sample(
            inputs,
            network.unet,
            network.controlnet,
            cn_cond=functional.adaptive_avg_pool2d(condition.float(), (inputs.shape[-2], inputs.shape[-1])),
            conditioning=self.context.to(inputs).expand(len(inputs), -1, -1),
            verbose=False,
        )
        return self.latent_space.decode(latents)


def text_context(path: str | None, tokens: int, features: int) -> torch.Tensor:
    """A text embedding (tokens, features) saved with torch.save; zeros, "no text", where there is none."""
    if not path:
        return torch.zeros(tokens, features)
    embedding: torch.Tensor = read_checkpoint(path, "a tensor saved with torch.save")
    return embedding.reshape(-1, features).float()
