# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The latent space of a bundle: radiographs or masks go in, standardized latents come out, and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from monai.networks.nets.autoencoderkl import AEKLDownsample, AutoencoderKL
from torch import nn
from torch.nn import functional


class LatentSpace(nn.Module):
    """MONAI's AutoencoderKL behind a pixel shuffle, with the statistics that standardize its latents.

    Convolutions at full resolution are what an autoencoder costs on a CPU, so pixels are first moved into channels
    (Shi et al., arXiv 1609.05158). The AutoencoderKL keeps its own keys under `autoencoder.` in the state dict.

    Args:
        autoencoder: network whose in and out channels are `shuffle ** 2` times those of the data.
        shuffle: factor of the pixel shuffle.
    """

    latent_mean: torch.Tensor
    latent_std: torch.Tensor

    def __init__(self, autoencoder: AutoencoderKL, shuffle: int = 4) -> None:
        super().__init__()
        self.autoencoder = autoencoder
        self.shuffle = shuffle
        self.levels = sum(isinstance(block, AEKLDownsample) for block in autoencoder.encoder.blocks) + 1
        channels = autoencoder.latent_channels
        self.register_buffer("latent_mean", torch.zeros(channels))
        self.register_buffer("latent_std", torch.ones(channels))

    @property
    def factor(self) -> int:
        """Pixels of the data along the edge of one latent pixel."""
        return int(self.shuffle * 2 ** (self.levels - 1))

    def forward(self, data: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Args: data (B, C, H, W). Returns reconstruction (B, C, H, W), posterior mean and sigma (B, L, h, w)."""
        folded = functional.pixel_unshuffle(data, self.shuffle)
        output, mean, sigma = self.autoencoder(folded)
        return functional.pixel_shuffle(output, self.shuffle), mean, sigma

    def encode(self, data: torch.Tensor) -> torch.Tensor:
        """Standardized latents (B, L, h, w) of data (B, C, H, W); the posterior's mean, so nothing is random."""
        mean, _ = self.autoencoder.encode(functional.pixel_unshuffle(data, self.shuffle))
        return (mean - self.latent_mean[:, None, None]) / self.latent_std[:, None, None]

    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        """Data (B, C, H, W) of standardized latents (B, L, h, w); logits for a mask, intensity for an image."""
        raw = latents * self.latent_std[:, None, None] + self.latent_mean[:, None, None]
        return functional.pixel_shuffle(self.autoencoder.decode(raw), self.shuffle)

    @torch.no_grad()
    def fit_statistics(self, batches: Iterable[Mapping[str, Any]], key: str, device: torch.device | str) -> None:
        """Set mean and standard deviation of each latent channel from batches whose `key` is data (B, C, H, W)."""
        self.eval()
        self.latent_mean.zero_()
        self.latent_std.fill_(1.0)
        latents = torch.cat([self.encode(batch[key].to(device, torch.float32)) for batch in batches])
        self.latent_mean.copy_(latents.mean(dim=(0, 2, 3)))
        self.latent_std.copy_(latents.std(dim=(0, 2, 3)).clamp(min=1e-6))
