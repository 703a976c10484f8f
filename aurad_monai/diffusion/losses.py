# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""What the networks are trained to make small: Dice and cross entropy for masks, L1 and edges for radiographs."""

from __future__ import annotations

import torch
from monai.losses import SSIMLoss
from torch import nn
from torch.nn import functional


class DiceBCELoss(nn.Module):
    """Dice of each case, where the finding is present, plus binary cross entropy for overlapping channels.

    Args:
        dice_weight: weight of the Dice term.
        positive_weight: weight of positive pixels in the cross entropy; above 1 helps findings of a few pixels.
    """

    def __init__(self, dice_weight: float = 1.0, positive_weight: float = 1.0) -> None:
        super().__init__()
        self.dice_weight = dice_weight
        self.positive_weight = positive_weight

    def forward(self, logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Args: logits, target: (B, C, H, W); target 0 or 1. Returns a scalar."""
        target = target.to(logits.dtype)
        weight = torch.as_tensor(self.positive_weight, dtype=logits.dtype, device=logits.device)
        cross_entropy = functional.binary_cross_entropy_with_logits(logits, target, pos_weight=weight)
        probability = logits.sigmoid()
        axes = (2, 3)  # of each case, so that small shapes count as much as large ones
        overlap, total = (probability * target).sum(axes), (probability + target).sum(axes)
        present = (target.sum(axes) > 0).to(logits.dtype)
        dice = 1 - (2 * overlap + 1) / (total + 1)
        return cross_entropy + self.dice_weight * (dice * present).sum() / present.sum().clamp(min=1)


class ImageReconstructionLoss(nn.Module):
    """L1 of a reconstructed radiograph and of its differences between neighbors, which are edges of ribs and vessels.

    Args:
        gradient_weight: weight of the differences.
        ssim_weight: weight of 1 - SSIM; 0 leaves it out, as it costs as much as the network on a CPU.
    """

    def __init__(self, gradient_weight: float = 1.0, ssim_weight: float = 0.0) -> None:
        super().__init__()
        self.gradient_weight = gradient_weight
        self.ssim_weight = ssim_weight
        self.ssim = SSIMLoss(spatial_dims=2, data_range=1.0)

    def forward(self, image: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Args: image, target: (B, 1, H, W), target in [0, 1]. Returns a scalar."""
        loss = functional.l1_loss(image, target)
        for axis in (-1, -2):
            loss = loss + self.gradient_weight * functional.l1_loss(image.diff(dim=axis), target.diff(dim=axis))
        return loss + self.ssim_weight * self.ssim(image, target) if self.ssim_weight else loss
