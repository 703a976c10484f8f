# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""What every learner of utility sees with: a frozen EfficientNet-Lite1 of ImageNet.

Takes radiographs (B, 1, S, S) in [0, 1]; gives feature maps at strides 8, 16 and 32, or their means and maxima. A few
dozen real cases teach a random network nothing that could be compared; what this one knows beforehand is the same for
every condition, and no radiograph was part of it.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict

import torch
from monai.networks.blocks.feature_pyramid_network import FeaturePyramidNetwork
from torch import nn

from aurad_monai.bundles.bundle import Bundle
from aurad_monai.experts.efficientnet_lite import EfficientNetLite

STAGES = (2, 4, 6)
"""Of the backbone: strides 8, 16 and 32."""
KEPT = 4096
"""Images whose features are remembered, about 0.3 MB each at 256 pixels."""


class Backbone:
    """Frozen features, each image's computed once.

    Args:
        network: gives them.
    """

    def __init__(self, network: EfficientNetLite) -> None:
        self.network = network.eval().requires_grad_(False)
        self.channels = [network.channels[stage] for stage in STAGES]
        self._seen: OrderedDict[bytes, list[torch.Tensor]] = OrderedDict()
        self._pooled: dict[bytes, torch.Tensor] = {}

    @classmethod
    def of_bundle(cls, bundle: Bundle) -> Backbone:
        """That of the expert for marked places of the filter bundle, whose weights are those of ImageNet."""
        return cls(bundle.get("marked_expert").network.backbone)

    @torch.no_grad()
    def __call__(self, images: torch.Tensor) -> list[torch.Tensor]:
        """Maps (B, C, S / 8, S / 8), (B, C, S / 16, S / 16) and (B, C, S / 32, S / 32) of images (B, 1, S, S)."""
        keys = [_key(image) for image in images]
        for image, key in zip(images, keys, strict=True):
            if key not in self._seen:
                self._seen[key] = [level.half() for level in self._levels(image)]
        found = [self._seen[key] for key in keys]
        while len(self._seen) > KEPT:
            self._seen.popitem(last=False)
        return [torch.stack(level).float() for level in zip(*found, strict=True)]

    @torch.no_grad()
    def pooled(self, images: torch.Tensor) -> torch.Tensor:
        """Mean and maximum (B, 2 C) of each channel of all strides, of images (B, 1, S, S)."""
        keys = [_key(image) for image in images]
        for image, key in zip(images, keys, strict=True):
            if key not in self._pooled:
                levels = self._levels(image)
                self._pooled[key] = torch.cat([part for x in levels for part in (x.mean((1, 2)), x.amax((1, 2)))])
        return torch.stack([self._pooled[key] for key in keys])

    def _levels(self, image: torch.Tensor) -> list[torch.Tensor]:
        """Maps (C, h, w) of an image (1, S, S); one by one is up to twice as fast as in batches on a CPU."""
        stages = self.network(image[None])
        return [stages[stage][0] for stage in STAGES]


def _key(image: torch.Tensor) -> bytes:
    """Of its pixels."""
    return hashlib.sha1(image.numpy().tobytes(), usedforsecurity=False).digest()


class Standardized(nn.Module):
    """The frozen features with mean 0 and deviation 1.

    Args:
        backbone: no part of the learner, shared by all.
    """

    def __init__(self, backbone: Backbone) -> None:
        super().__init__()
        self._backbone = (backbone,)  # in a tuple, where a module does not look for parts of its own
        self.norms = nn.ModuleList(nn.BatchNorm2d(channels, affine=False) for channels in backbone.channels)

    def forward(self, images: torch.Tensor) -> list[torch.Tensor]:
        """Features (B, C, h, w) by stride of images (B, 1, S, S)."""
        return [norm(level) for norm, level in zip(self.norms, self._backbone[0](images), strict=True)]


class Pyramid(nn.Module):
    """A feature pyramid on the standardized features: three levels of as many channels, the finest first.

    Args:
        backbone: frozen features.
        out_channels: of each level.
    """

    def __init__(self, backbone: Backbone, out_channels: int = 32) -> None:
        super().__init__()
        self.features, self.out_channels = Standardized(backbone), out_channels
        self.pyramid = FeaturePyramidNetwork(2, backbone.channels, out_channels)

    def forward(self, images: torch.Tensor) -> dict[str, torch.Tensor]:
        """By level."""
        levels: dict[str, torch.Tensor] = self.pyramid({str(n): x for n, x in enumerate(self.features(images))})
        return levels
