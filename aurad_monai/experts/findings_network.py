# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Networks of the findings expert and the held-out evaluator: where each finding is, and what the whole image says.

In goes a radiograph (B, 1, H, W) in [0, 1], out come logits (B, findings, H, W). A logit is the sum of local evidence,
from a small feature pyramid over an EfficientNet-Lite, and of one number for the image, from what the backbone sees
anywhere and in each ninth of it; so the surest pixels of a map tell how surely the finding is in the image. A second
backbone may add a number of its own. The evaluator has that number alone and says nothing of places.
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


class WholeImageNetwork(nn.Module):
    """Logits of findings in the image as a whole: the same at every pixel.

    Args:
        scale: of the EfficientNet-Lite under it.
        findings: output channels, in the order of `vocabulary.FINDING_NAMES`.
        stage: whose features describe the ninths of the image.
        size: edge in pixels the radiograph is resized to, a multiple of 32.
    """

    def __init__(
        self, scale: str = "lite0", findings: int = len(FINDING_NAMES), stage: int = 3, size: int = 256
    ) -> None:
        super().__init__()
        self.backbone = EfficientNetLite(scale)
        self.whole = _whole(self.backbone.channels[stage], findings)
        self.stage, self.size = stage, checked_size(size)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Args: images (B, 1, H, W) in [0, 1]. Returns logits (B, findings, H, W)."""
        return self.image_logits(images)[:, :, None, None].expand(-1, -1, *images.shape[-2:])

    def image_logits(self, images: torch.Tensor) -> torch.Tensor:
        """(B, findings) of images (B, 1, H, W) in [0, 1]."""
        seen = self.backbone(at_size(images, self.size))
        logits: torch.Tensor = self.whole(described(seen[-1], seen[self.stage]))
        return logits

    def __prepare_scriptable__(self) -> nn.Module:
        """As in `FindingsNetwork`."""
        return Traced(self, (2, 1, self.size + 32, self.size + 32))


class FindingsNetwork(nn.Module):
    """Logits of findings, seen at an eighth of the working size and resized to the image's.

    Args:
        scale: of the EfficientNet-Lite under it.
        findings: output channels, in the order of `vocabulary.FINDING_NAMES`.
        width: channels of the pyramid.
        size: edge in pixels the radiograph is resized to, a multiple of 32.
        second: scale of another EfficientNet-Lite that adds what it sees in the image as a whole; "" is none.
    """

    def __init__(
        self,
        scale: str = "lite1",
        findings: int = len(FINDING_NAMES),
        width: int = 64,
        size: int = 288,
        second: str = "",
    ) -> None:
        super().__init__()
        self.size = checked_size(size)
        self.backbone = EfficientNetLite(scale)
        channels = self.backbone.channels
        self.lateral = nn.ModuleList([nn.Conv2d(channels[level], width, 1) for level in LEVELS])
        self.smooth = nn.ModuleList([_smooth(width), _smooth(width)])
        self.local = nn.Conv2d(width, findings, 1)
        self.whole = _whole(channels[LEVELS[1]], findings)
        self.place = nn.Parameter(torch.zeros(1, width, size // 32, size // 32))
        self.second = WholeImageNetwork(second, findings) if second else None

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Args: images (B, 1, H, W) in [0, 1]. Returns logits (B, findings, H, W)."""
        seen = self.backbone(at_size(images, self.size))
        image = self.whole(described(seen[-1], seen[LEVELS[1]]))
        if self.second is not None:
            image = image + self.second.image_logits(images)
        logits = self.local_logits(*(seen[level] for level in LEVELS)) + image[:, :, None, None]
        return functional.interpolate(logits, images.shape[-2:], mode="bilinear")

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


def checked_size(size: int) -> int:
    """An edge that the strides of the backbone divide."""
    if size < 32 or size % 32:
        raise InputError("size", size, "a multiple of 32")
    return size


def at_size(images: torch.Tensor, size: int) -> torch.Tensor:
    """Images (B, 1, H, W) as (B, 1, size, size)."""
    if images.shape[-2:] == (size, size):
        return images
    return functional.interpolate(images, (size, size), mode="bilinear", antialias=True)


def described(head: torch.Tensor, middle: torch.Tensor) -> torch.Tensor:
    """An image as a whole, (B, D): mean and maximum of the head, and means of the ninths of a middle stage."""
    parts = functional.adaptive_avg_pool2d(middle, NINTHS).flatten(1)
    return torch.cat([head.mean((2, 3)), head.amax((2, 3)), parts], 1)


def _whole(channels: int, findings: int) -> nn.Linear:
    return nn.Linear(2 * HEAD_CHANNELS + NINTHS**2 * channels, findings)


def _resized(features: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    return functional.interpolate(features, size=like.shape[-2:], mode="bilinear")


def _smooth(channels: int) -> nn.Sequential:
    """A 3 x 3 convolution a channel, then one across channels."""
    depthwise = nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False)
    return nn.Sequential(depthwise, nn.Conv2d(channels, channels, 1, bias=False), nn.BatchNorm2d(channels), nn.ReLU6())
