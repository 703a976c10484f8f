# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""How the self-supervised encoder learns: two views of a radiograph give the same numbers, and no two numbers agree."""

from __future__ import annotations

import torch
from monai.losses import BarlowTwinsLoss
from torch import nn

from aurad_monai.errors import InputError


class PairedBarlowTwinsLoss(nn.Module):
    """MONAI's Barlow Twins loss (Zbontar et al., ICML 2021) of a batch in which views of an image follow each other.

    Such a batch is what a transform leaves that makes two samples of an image, as `RandSpatialCropSamplesd` does.

    Args:
        redundancy_weight: of the correlations between different numbers.
    """

    def __init__(self, redundancy_weight: float = 0.005) -> None:
        super().__init__()
        self.loss = BarlowTwinsLoss(redundancy_weight)

    def forward(self, projected: torch.Tensor, images: torch.Tensor) -> torch.Tensor:
        """Args: projected (2B, F), the views of each image in turn; images: not looked at. Returns a scalar."""
        if len(projected) % 2:
            raise InputError("batch", len(projected), "two views of every image")
        loss: torch.Tensor = self.loss(projected[0::2], projected[1::2]) / projected.shape[1]
        return loss
