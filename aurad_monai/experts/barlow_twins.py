# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Barlow Twins loss (Zbontar et al., ICML 2021) for self-supervised training of the encoder.

Takes projected features (2B, F), two views of each image in turn; gives a scalar.
"""

from __future__ import annotations

import torch
from monai.losses import BarlowTwinsLoss
from torch import nn

from aurad_monai.errors import InputError


class PairedBarlowTwinsLoss(nn.Module):
    """MONAI's Barlow Twins loss for a batch in which the two views of each image follow each other.

    A transform that makes two samples of an image, such as `RandSpatialCropSamplesd`, gives such a batch.

    Args:
        redundancy_weight: of the off-diagonal cross-correlations.
    """

    def __init__(self, redundancy_weight: float = 0.005) -> None:
        super().__init__()
        self.loss = BarlowTwinsLoss(redundancy_weight)

    def forward(self, projected: torch.Tensor, images: torch.Tensor) -> torch.Tensor:
        """Args: projected (2B, F), the views of each image in turn; images: not used. Returns a scalar."""
        if len(projected) % 2:
            raise InputError("batch", len(projected), "two views of every image")
        loss: torch.Tensor = self.loss(projected[0::2], projected[1::2]) / projected.shape[1]
        return loss
