# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The image network under the experts: EfficientNet-Lite for one gray channel, with its features at every stride.

In goes a radiograph (B, 1, H, W) in [0, 1], out come feature maps at strides 2 to 32. Its layout is that of Google's
EfficientNet-Lite (Tan and Le, ICML 2019, arXiv:1905.11946; no squeeze-and-excitation, ReLU6, fixed stem and head), so
that published ImageNet weights fit.
"""

from __future__ import annotations

import math

import torch
from torch import nn
from torch.nn import functional

from aurad_monai.errors import InputError

STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
"""Blocks, kernel, stride, expansion and channels of each stage, before scaling."""
SCALES = {"lite0": (1.0, 1.0), "lite1": (1.0, 1.1), "lite2": (1.1, 1.2)}
"""Factors of width and depth."""
HEAD_CHANNELS = 1280


class ConvNorm(nn.Module):
    """Convolution padded as TensorFlow's SAME is for even sizes, batch norm, and ReLU6 unless `linear`."""

    def __init__(
        self, in_channels: int, out_channels: int, kernel: int, stride: int = 1, groups: int = 1, linear: bool = False
    ) -> None:
        super().__init__()
        padding = 0 if stride == 2 else kernel // 2
        self.conv = nn.Conv2d(in_channels, out_channels, kernel, stride, padding, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(out_channels, eps=1e-3, momentum=0.01)
        self.linear = linear
        near, far = (kernel - 2) // 2, (kernel - 1) // 2
        self.padding = (near, far, near, far) if stride == 2 else None

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Args: features (B, C, H, W). Returns (B, out, H / stride, W / stride)."""
        if self.padding is not None:
            features = functional.pad(features, self.padding)
        features = self.norm(self.conv(features))
        return features if self.linear else functional.relu6(features)


class InvertedResidual(nn.Module):
    """Expand, convolve each channel, project; with a skip connection where the shape stays (MobileNetV2)."""

    def __init__(self, in_channels: int, out_channels: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        wide = in_channels * expansion
        widen = [] if expansion == 1 else [ConvNorm(in_channels, wide, 1)]
        depthwise = ConvNorm(wide, wide, kernel, stride, groups=wide)
        self.body = nn.Sequential(*widen, depthwise, ConvNorm(wide, out_channels, 1, linear=True))
        self.skip = stride == 1 and in_channels == out_channels

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Args: features (B, C, H, W). Returns (B, out, H / stride, W / stride)."""
        changed: torch.Tensor = self.body(features)
        return features + changed if self.skip else changed


class EfficientNetLite(nn.Module):
    """Feature maps of a radiograph.

    Args:
        scale: one of `SCALES`.
    """

    def __init__(self, scale: str = "lite1") -> None:
        super().__init__()
        if scale not in SCALES:
            raise InputError("scale", scale, ", ".join(SCALES))
        width, depth = SCALES[scale]
        self.stem = ConvNorm(1, 32, 3, 2)
        stages, before = [], 32
        for index, (blocks, kernel, stride, expansion, channels) in enumerate(STAGES):
            ends = index in (0, len(STAGES) - 1)  # the depth of the first and the last stage is fixed
            after = _scaled(channels, width)
            count = blocks if ends else math.ceil(depth * blocks)
            first = InvertedResidual(before, after, kernel, stride, expansion)
            rest = (InvertedResidual(after, after, kernel, 1, expansion) for _ in range(count - 1))
            stages.append(nn.Sequential(first, *rest))
            before = after
        self.stages = nn.ModuleList(stages)
        self.head = ConvNorm(before, HEAD_CHANNELS, 1)
        self.channels = tuple(_scaled(stage[-1], width) for stage in STAGES)

    def forward(self, images: torch.Tensor) -> list[torch.Tensor]:
        """The output of each stage and of the head.

        Args:
            images: (B, 1, H, W) in [0, 1], H and W multiples of 32.

        Returns:
            Eight feature maps: seven stages of strides 2, 4, 8, 16, 16, 32 and 32, and the head of stride 32.
        """
        features = self.stem((images * 255 - 127) / 128)
        seen = []
        for stage in self.stages:
            features = stage(features)
            seen.append(features)
        return [*seen, self.head(features)]


def _scaled(channels: int, width: float) -> int:
    """Channels times width, rounded to a multiple of eight and never down by more than a tenth."""
    wanted = channels * width
    rounded = max(8, int(wanted + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * wanted else rounded
