# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Unsharp masking of painted radiographs: a network of few radiographs paints the edges of real ones, but weaker.

Fine detail that it is not sure of comes out nearer to its mean, on training masks as on others, so one filter serves
all; sigma and amount are chosen by `recipes/figures/sampled_masks.py`.
"""

from __future__ import annotations

import math

import torch
from monai.networks.layers import GaussianFilter
from torch import nn
from torch.nn import functional


class UnsharpMask(nn.Module):
    """Add to images (B, C, H, W) a share of what a Gaussian filter takes from them.

    Args:
        sigma: of the filter, in pixels.
        amount: share that is added; 0 changes nothing.
    """

    def __init__(self, sigma: float, amount: float) -> None:
        super().__init__()
        self.smooth, self.amount, self.reach = GaussianFilter(2, sigma), amount, math.ceil(4 * sigma)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """The images with stronger edges; borders are mirrored."""
        wide = functional.pad(images, [self.reach] * 4, mode="reflect")
        inside = slice(self.reach, -self.reach)
        smooth: torch.Tensor = self.smooth(wide)[..., inside, inside]
        return images + self.amount * (images - smooth)
