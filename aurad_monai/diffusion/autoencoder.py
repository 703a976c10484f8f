# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Autoencoders of the diffusion bundles: a fixed linear encoder of 8 x 8 blocks and a decoder refined by a network.

Takes radiographs (B, 1, H, W) or masks (B, 13, H, W); gives standardized latents (B, L, H / 8, W / 8), and back.
The 8 leading principal components of 8 x 8 blocks alone keep 36 dB on validation radiographs (docs/results.md), a KL
autoencoder with as many latents 27 dB after 45 minutes of training. With a fixed encoder, decoder and diffusion network
train side by side on latents that are computed once.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import torch
from monai.networks.nets.autoencoderkl import Decoder
from torch import nn
from torch.nn import functional

from aurad_monai.traced import Traced
from aurad_monai.weights import read_state

SHUFFLE = 4


class Autoencoder(Protocol):
    """What sampling and training ask of an autoencoder; a bundle may bring another one."""

    latent_channels: int
    factor: int

    def encode(self, data: torch.Tensor) -> torch.Tensor:
        """Latents (B, L, h, w) of data (B, C, H, W)."""

    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        """Data (B, C, H, W) of latents (B, L, h, w)."""

    def eval(self) -> Any:
        """The same, for inference."""

    def to(self, device: Any) -> Any:
        """The same, on a device."""


class BlockAutoencoder(nn.Module):
    """Linear projection of blocks of `factor` x `factor` pixels to `latent_channels` numbers, and a refined inverse.

    Args:
        in_channels: channels C of the data.
        latent_channels: numbers L kept of each block.
        channels: width of the refining decoder at 1/4, 1/8 and so on of the resolution, down to that of the latents.
        num_res_blocks: residual blocks at each of them.
        noise_augmentation: largest SD of noise added to the latents in training, so that the decoder tolerates the
            errors of a sampler.
        factor: edge of a block.
    """

    basis: torch.Tensor
    offset: torch.Tensor
    latent_mean: torch.Tensor
    latent_std: torch.Tensor

    def __init__(
        self,
        in_channels: int,
        latent_channels: int,
        channels: Sequence[int] = (64, 128),
        num_res_blocks: int = 1,
        noise_augmentation: float = 0.1,
        factor: int = 8,
    ) -> None:
        super().__init__()
        if SHUFFLE * 2 ** (len(channels) - 1) != factor:
            raise ValueError(
                f"channels must name a width for each of factor / {SHUFFLE}, ... , 2, 1 blocks, not {channels}"
            )
        self.in_channels, self.latent_channels, self.factor = in_channels, latent_channels, factor
        self.noise_augmentation = noise_augmentation
        size = in_channels * factor * factor
        self.register_buffer("basis", torch.zeros(latent_channels, size))
        self.register_buffer("offset", torch.zeros(size))
        self.register_buffer("latent_mean", torch.zeros(latent_channels))
        self.register_buffer("latent_std", torch.ones(latent_channels))
        self.decoder = Decoder(
            spatial_dims=2,
            channels=list(channels),
            in_channels=latent_channels,
            out_channels=in_channels * SHUFFLE * SHUFFLE,
            num_res_blocks=[num_res_blocks] * len(channels),
            norm_num_groups=16,
            norm_eps=1e-6,
            attention_levels=[False] * len(channels),
            with_nonlocal_attn=False,
        )
        for parameter in self.decoder.blocks[-1].parameters():  # start from the plain inverse
            nn.init.zeros_(parameter)

    def encode(self, data: torch.Tensor) -> torch.Tensor:
        """Standardized latents (B, L, H / factor, W / factor) of data (B, C, H, W)."""
        blocks = functional.pixel_unshuffle(data, self.factor) - self.offset[:, None, None]
        raw = torch.einsum("lc,bchw->blhw", self.basis, blocks)
        return (raw - self.latent_mean[:, None, None]) / self.latent_std[:, None, None]

    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        """Data (B, C, H, W) of standardized latents (B, L, h, w); logits for a mask, intensity for an image."""
        return self.linear(latents) + functional.pixel_shuffle(self.decoder(latents), SHUFFLE)

    def linear(self, latents: torch.Tensor) -> torch.Tensor:
        """Data (B, C, H, W) of standardized latents (B, L, h, w) without the network, which costs next to nothing."""
        return self.invert(latents * self.latent_std[:, None, None] + self.latent_mean[:, None, None])

    def forward(self, data: torch.Tensor) -> torch.Tensor:
        """Encode and decode data (B, C, H, W); in training, noise of a random size is added to the latents."""
        latents = self.encode(data)
        if self.training:
            size = self.noise_augmentation * torch.rand(len(data), 1, 1, 1, device=data.device)
            latents = latents + size * torch.randn_like(latents)
        return self.decode(latents)

    def invert(self, raw: torch.Tensor) -> torch.Tensor:
        """Data (B, C, H, W) from latents that are not standardized, without the network."""
        blocks = torch.einsum("lc,blhw->bchw", self.basis, raw) + self.offset[:, None, None]
        return functional.pixel_shuffle(blocks, self.factor)

    def __prepare_scriptable__(self) -> nn.Module:
        """For `torch.jit.script`, which cannot read MONAI's decoder."""
        return Traced(self, (2, self.in_channels, 8 * self.factor, 8 * self.factor))

    def fit_basis(self, blocks: torch.Tensor) -> None:
        """Set `basis` and `offset` from blocks (N, C * factor * factor)."""
        raise NotImplementedError

    def fit_statistics(self, raw: torch.Tensor) -> None:
        """Set what standardizes latents, from some (N, L) of them."""
        self.latent_mean.copy_(raw.mean(dim=0))
        self.latent_std.copy_(raw.std(dim=0).clamp(min=1e-4))

    def keep_encoder(self, weights: str) -> bool:
        """Take the encoder of published weights if there are any, so that cached latents stay valid."""
        if not Path(weights).is_file():
            return False
        published = read_state(weights)
        for name, buffer in self.named_buffers():
            buffer.copy_(published[name])
        return True

    @torch.no_grad()
    def fit(self, batches: Iterable[Mapping[str, Any]], key: str, max_blocks: int = 200_000) -> BlockAutoencoder:
        """Fit basis and statistics to at most `max_blocks` blocks of batches whose `key` is data (B, C, H, W)."""
        kept, count = [], 0
        for batch in batches:
            folded = functional.pixel_unshuffle(batch[key].to(self.basis), self.factor)
            kept.append(folded.permute(0, 2, 3, 1).flatten(0, 2))
            count += len(kept[-1])
            if count >= max_blocks:
                break
        blocks = torch.cat(kept)[:max_blocks]
        self.fit_basis(blocks)
        self.fit_statistics((blocks - self.offset) @ self.basis.T)
        return self


class ImageAutoencoder(BlockAutoencoder):
    """Radiographs by the leading principal components of their blocks (Hotelling, 1933)."""

    contrast = 2.0
    """SD of latents whose raw SD is 1. Scaling by the square root of the SD (partial whitening) leaves the block mean
    with the highest signal-to-noise ratio; errors in it affect all 64 pixels."""

    def fit_statistics(self, raw: torch.Tensor) -> None:
        self.latent_mean.copy_(raw.mean(dim=0))
        self.latent_std.copy_(raw.std(dim=0).clamp(min=1e-4).sqrt() / self.contrast)

    def fit_basis(self, blocks: torch.Tensor) -> None:
        self.offset.copy_(blocks.mean(dim=0))
        _, axes = torch.linalg.eigh(torch.cov((blocks - self.offset).T))
        self.basis.copy_(axes.flip(1)[:, : self.latent_channels].T)


class MaskAutoencoder(BlockAutoencoder):
    """Masks by the area fraction of each finding in the cells of a block, so overlapping findings stay apart.

    With `latent_channels` = n * n * `in_channels` a block has n x n cells of `factor` / n pixels; the cells of a
    finding are neighbors, in the order of `pixel_shuffle`. Four cells (4 x 4 pixels each) keep nodules
    and fractures that one cell a block loses (docs/results.md).
    """

    steepness = 10.0
    """Slope from area to logit of the linear decoder."""
    sharpness = 1.0
    """Amount of unsharp masking, chosen on training masks by the shape distance of sampled to real ones."""

    @property
    def cells(self) -> int:
        """Cells along the edge of a block."""
        return math.isqrt(self.latent_channels // self.in_channels)

    def fit_basis(self, blocks: torch.Tensor) -> None:
        n, edge = self.cells, self.factor // self.cells
        if n * n * self.in_channels != self.latent_channels or edge * n != self.factor:
            raise ValueError(f"latent_channels must be n * n * {self.in_channels} with n a divisor of {self.factor}")
        pixels = torch.arange(self.factor, device=blocks.device) // edge
        cell = (pixels[:, None] * n + pixels).flatten()  # which cell each pixel of a block lies in
        inside = functional.one_hot(cell, n * n).T.contiguous().to(blocks.dtype) / edge**2
        self.basis.copy_(torch.kron(torch.eye(self.in_channels, device=blocks.device), inside))

    def fit_statistics(self, raw: torch.Tensor) -> None:
        """Scale areas to -1 (none) to 1 (all); findings are too sparse to standardize by their SD."""
        self.latent_mean.fill_(0.5)
        self.latent_std.fill_(0.5)

    def invert(self, raw: torch.Tensor) -> torch.Tensor:
        """Logits (B, C, H, W) of areas (B, L, h, w): smooth between cells, positive where more than half is filled.

        Unsharp masking first: areas sampled in few steps are smoother than real ones.
        """
        area = functional.pixel_shuffle(raw, self.cells)
        planes = area.flatten(0, 1)[:, None]
        blurred = functional.conv2d(functional.pad(planes, (2, 2, 2, 2), mode="replicate"), self._blur.to(planes))
        sharp = area + self.sharpness * (area - blurred.reshape(area.shape))
        return self.steepness * (
            functional.interpolate(sharp, scale_factor=self.factor // self.cells, mode="bicubic") - 0.5
        )

    @property
    def _blur(self) -> torch.Tensor:
        """A Gaussian of one cell, (1, 1, 5, 5)."""
        line = torch.exp(-(torch.arange(-2.0, 3.0) ** 2) / 2)
        return (torch.outer(line, line) / line.sum() ** 2)[None, None]
