# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The network of the findings expert: where each finding is, plus what the whole radiograph says of it.

In goes a radiograph (B, 1, H, W) in [0, 1], out come logits (B, findings, H, W). A logit is the sum of local evidence,
from a small feature pyramid over an EfficientNet-Lite, and of one number for the image, from what the backbone sees
anywhere and in each ninth of it; so the surest pixels of a map tell how surely the finding is in the image.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from aurad_monai.errors import InputError
from aurad_monai.experts.efficientnet_lite import HEAD_CHANNELS, EfficientNetLite
from aurad_monai.traced import Traced
from aurad_monai.vocabulary import FINDING_NAMES

LEVELS = (2, 4, 6)
"""Stages that feed the pyramid: strides 8, 16 and 32."""
NINTHS = 3
"""The image as a whole is described in 3 x 3 parts, for an effusion is below and a heart in the middle."""


class FindingsNetwork(nn.Module):
    """Logits of findings, seen at an eighth of the working size and resized to the image's.

    Args:
        scale: of the EfficientNet-Lite under it.
        findings: output channels, in the order of `vocabulary.FINDING_NAMES`.
        width: channels of the pyramid.
        size: edge in pixels the radiograph is resized to, a multiple of 32.
    """

    def __init__(
        self, scale: str = "lite1", findings: int = len(FINDING_NAMES), width: int = 64, size: int = 288
    ) -> None:
        super().__init__()
        if size < 32 or size % 32:
            raise InputError("size", size, "a multiple of 32")
        self.backbone = EfficientNetLite(scale)
        channels = self.backbone.channels
        self.lateral = nn.ModuleList([nn.Conv2d(channels[level], width, 1) for level in LEVELS])
        self.smooth = nn.ModuleList([_smooth(width), _smooth(width)])
        self.local = nn.Conv2d(width, findings, 1)
        self.whole = nn.Linear(2 * HEAD_CHANNELS + NINTHS**2 * channels[LEVELS[1]], findings)
        self.place = nn.Parameter(torch.zeros(1, width, size // 32, size // 32))
        self.size = size

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Args: images (B, 1, H, W) in [0, 1]. Returns logits (B, findings, H, W)."""
        edges = images.shape[-2:]
        if edges != (self.size, self.size):
            images = functional.interpolate(images, (self.size, self.size), mode="bilinear", antialias=True)
        seen = self.backbone(images)
        logits = self.local_logits(*(seen[level] for level in LEVELS)) + self._image_logits(seen)[:, :, None, None]
        return functional.interpolate(logits, edges, mode="bilinear")

    def local_logits(self, fine: torch.Tensor, middle: torch.Tensor, coarse: torch.Tensor) -> torch.Tensor:
        """Logits (B, findings, size / 8, size / 8) from features of strides 8, 16 and 32."""
        fine, middle, coarse = (layer(x) for layer, x in zip(self.lateral, (fine, middle, coarse), strict=True))
        middle = self.smooth[0](middle + _resized(coarse + self.place, middle))
        fine = self.smooth[1](fine + _resized(middle, fine))
        logits: torch.Tensor = self.local(fine)
        return logits

    def __prepare_scriptable__(self) -> nn.Module:
        """For `torch.jit.script`, which cannot read the pyramid; an example of another size keeps the resizing."""
        return Traced(self, (2, 1, self.size + 32, self.size + 32))

    def _image_logits(self, seen: list[torch.Tensor]) -> torch.Tensor:
        """(B, findings) of the image as a whole."""
        head, parts = seen[-1], functional.adaptive_avg_pool2d(seen[LEVELS[1]], NINTHS)
        logits: torch.Tensor = self.whole(torch.cat([head.mean((2, 3)), head.amax((2, 3)), parts.flatten(1)], 1))
        return logits


def _resized(features: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    return functional.interpolate(features, size=like.shape[-2:], mode="bilinear")


def _smooth(channels: int) -> nn.Sequential:
    """A 3 x 3 convolution a channel, then one across channels."""
    depthwise = nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False)
    return nn.Sequential(depthwise, nn.Conv2d(channels, channels, 1, bias=False), nn.BatchNorm2d(channels), nn.ReLU6())
