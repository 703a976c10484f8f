# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Unsharp masking of sampled radiographs, a MONAI dictionary transform.

Takes decoded images (C, H, W); gives the same with stronger edges. Compensates the loss of high-frequency contrast
typical of networks trained on small datasets; sigma and amount are chosen by `recipes/figures/sampled_masks.py`.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from typing import Any

import torch
from monai.config import KeysCollection
from monai.networks.layers import GaussianFilter
from monai.transforms.transform import MapTransform
from torch.nn import functional


class UnsharpMaskd(MapTransform):
    """image + amount * (image - Gaussian(image)), borders mirrored.

    MONAI's `GaussianSharpend` filters the image itself as well, and pads with zeros, which darkens borders.

    Args:
        keys: of images (C, H, W).
        sigma: of the Gaussian filter, in pixels.
        amount: share of the difference that is added; 0 changes nothing.
    """

    def __init__(self, keys: KeysCollection, sigma: float, amount: float) -> None:
        super().__init__(keys)
        self.smooth, self.amount, self.reach = GaussianFilter(2, sigma), amount, math.ceil(4 * sigma)

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        case = dict(data)
        for key in self.key_iterator(case):
            case[key] = self._sharpened(torch.as_tensor(case[key]))
        return case

    def _sharpened(self, image: torch.Tensor) -> torch.Tensor:
        wide = functional.pad(image[None], [self.reach] * 4, mode="reflect")
        inside = slice(self.reach, -self.reach)
        smooth: torch.Tensor = self.smooth.to(image.device)(wide)[0, ..., inside, inside]
        return image + self.amount * (image - smooth)
