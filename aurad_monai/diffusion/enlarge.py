# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""From what a bundle decodes to the size that is asked for: masks with smooth outlines, radiographs with fine texture.

Takes decoded data (C, H, W), whatever their edge; gives (C, size, size). Anatomy and pathology are decided on the
latents alone, so that one set of weights serves every size.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import torch
from monai.config import KeysCollection
from monai.transforms.transform import MapTransform
from torch import nn
from torch.nn import functional

STEEPEST = 6.0
"""Logits beyond it, either way, are as sure as can be; without the limit they would push an outline aside."""


class EnlargeLogitsd(MapTransform):
    """Logits of masks at another size, so that a threshold at 0 gives smooth outlines.

    Args:
        keys: of logits (C, H, W).
        size: edge of what comes out, in pixels; logits of that size stay as they are.
    """

    def __init__(self, keys: KeysCollection, size: int) -> None:
        super().__init__(keys)
        self.size = size

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        case = dict(data)
        for key in self.key_iterator(case):
            case[key] = logits_at(torch.as_tensor(case[key])[None], self.size)[0]
        return case


class UpsampleTextured(MapTransform):
    """Radiographs enlarged by a network that adds fine texture, at the size that is asked for.

    A smaller size is averaged down from what the network makes, so that the texture is that of a film at every size; a
    larger one is its cubic interpolation.

    Args:
        keys: of radiographs (1, H, W), H and W even.
        network: such as `TextureUpsampler`; it runs where the radiograph is.
        size: edge of what comes out, in pixels.
    """

    def __init__(self, keys: KeysCollection, network: nn.Module, size: int) -> None:
        super().__init__(keys)
        self.network, self.size = network.eval(), size

    @torch.inference_mode()
    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        case = dict(data)
        for key in self.key_iterator(case):
            image = torch.as_tensor(case[key])[None].float()
            case[key] = image_at(self.network.to(image.device)(image), self.size)[0]
        return case


def logits_at(logits: torch.Tensor, size: int, steepest: float = STEEPEST) -> torch.Tensor:
    """Logits (B, C, H, W), no farther from 0 than `steepest`, at another size, (B, C, size, size)."""
    if logits.shape[-1] == size:
        return logits
    return image_at(logits.float().clamp(-steepest, steepest), size)


def image_at(image: torch.Tensor, size: int) -> torch.Tensor:
    """Images (B, C, H, W) averaged down or enlarged by cubic interpolation, (B, C, size, size)."""
    if image.shape[-1] > size:
        return functional.interpolate(image, size=[size, size], mode="area")
    if image.shape[-1] < size:
        return functional.interpolate(image, size=[size, size], mode="bicubic", align_corners=False)
    return image
