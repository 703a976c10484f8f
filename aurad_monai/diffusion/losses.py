# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Training losses of the autoencoders: Dice and cross entropy for masks, L1 and edges for radiographs.

Takes an output and its target (B, C, H, W); gives a scalar.
"""

from __future__ import annotations

import torch
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
    """

    def __init__(self, gradient_weight: float = 1.0) -> None:
        super().__init__()
        self.gradient_weight = gradient_weight

    def forward(self, image: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Args: image, target: (B, 1, H, W), target in [0, 1]. Returns a scalar."""
        loss = functional.l1_loss(image, target)
        for axis in (-1, -2):
            loss = loss + self.gradient_weight * functional.l1_loss(image.diff(dim=axis), target.diff(dim=axis))
        return loss
