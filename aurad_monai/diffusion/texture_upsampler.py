# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Twice the resolution with the fine texture of films: what the image autoencoder cannot keep.

Takes decoded radiographs (B, 1, H, W); gives (B, 1, 2 H, 2 W) in one evaluation. Coarse content stays: the network adds
to the cubic interpolation, and it was trained against a critic of patches (Wang et al., ESRGAN, arXiv 1809.00219).
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional


class ResidualBlock(nn.Module):
    """Two convolutions, the second of wider reach where `dilation` is above 1, added to what comes in."""

    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=dilation, dilation=dilation, padding_mode="replicate")
        self.second = nn.Conv2d(channels, channels, 3, padding=1, padding_mode="replicate")

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """(B, C, h, w)."""
        inner: torch.Tensor = self.second(functional.leaky_relu(self.first(features), 0.2))
        return features + 0.3 * inner


class TextureUpsampler(nn.Module):
    """A residual network on blocks of 2 x 2 pixels of what comes in; no normalization, so that any size may come.

    Args:
        channels: width.
        blocks: residual blocks.
    """

    def __init__(self, channels: int = 48, blocks: int = 8) -> None:
        super().__init__()
        self.enter = nn.Conv2d(4, channels, 3, padding=1, padding_mode="replicate")
        self.body = nn.Sequential(*(ResidualBlock(channels, 1 + number % 2) for number in range(blocks)))
        self.wide = nn.Conv2d(channels // 4, channels // 4, 3, padding=1, padding_mode="replicate")
        self.fine = nn.Conv2d(channels // 4, channels // 4, 3, padding=1, padding_mode="replicate")
        self.leave = nn.Conv2d(channels // 4, 1, 3, padding=1, padding_mode="replicate")
        for parameter in self.leave.parameters():  # start from the interpolation
            nn.init.zeros_(parameter)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Images (B, 1, 2 H, 2 W) of images (B, 1, H, W) in [0, 1], H and W even."""
        low = self.enter(functional.pixel_unshuffle(image * 2 - 1, 2))
        features = functional.pixel_shuffle(low + self.body(low), 2)
        features = functional.leaky_relu(self.wide(features), 0.2)
        features = functional.interpolate(features, scale_factor=2.0, mode="bilinear", align_corners=False)
        added: torch.Tensor = self.leave(functional.leaky_relu(self.fine(features), 0.2))
        return enlarged(image) + added


def enlarged(image: torch.Tensor) -> torch.Tensor:
    """Cubic interpolation (B, 1, 2 H, 2 W) of images (B, 1, H, W)."""
    return functional.interpolate(image, scale_factor=2.0, mode="bicubic", align_corners=False)
