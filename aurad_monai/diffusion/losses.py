# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""What the networks are trained to make small: for masks Dice and cross entropy, for autoencoders also the KL."""

from __future__ import annotations

import torch
from monai.losses import SSIMLoss
from torch import nn
from torch.nn import functional

Posterior = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


class DiceBCELoss(nn.Module):
    """Dice over the batch plus binary cross entropy for overlapping channels.

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
        axes = (0, 2, 3)
        overlap, total = (probability * target).sum(axes), (probability + target).sum(axes)
        present = (target.sum(axes) > 0).to(logits.dtype)
        dice = 1 - (2 * overlap + 1) / (total + 1)
        return cross_entropy + self.dice_weight * (dice * present).sum() / present.sum().clamp(min=1)


def kl_divergence(mean: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
    """KL from N(mean, sigma) to N(0, 1), mean over latent elements and batch (Kingma and Welling, arXiv 1312.6114)."""
    return 0.5 * (mean.square() + sigma.square() - sigma.square().clamp(min=1e-12).log() - 1).mean()


class ImageAutoencoderLoss(nn.Module):
    """L1, structural similarity, image gradients and KL.

    Args:
        ssim_weight: weight of 1 - SSIM.
        gradient_weight: weight of the L1 of horizontal and vertical differences (edges of ribs and vessels).
        kl_weight: weight of the KL term.
    """

    def __init__(self, ssim_weight: float = 0.2, gradient_weight: float = 1.0, kl_weight: float = 1e-5) -> None:
        super().__init__()
        self.ssim = SSIMLoss(spatial_dims=2, data_range=1.0)
        self.ssim_weight = ssim_weight
        self.gradient_weight = gradient_weight
        self.kl_weight = kl_weight

    def forward(self, prediction: Posterior, target: torch.Tensor) -> torch.Tensor:
        """Args: prediction: (reconstruction, mean, sigma); target: (B, 1, H, W) in [0, 1]. Returns a scalar."""
        image, mean, sigma = prediction
        loss = functional.l1_loss(image, target) + self.kl_weight * kl_divergence(mean, sigma)
        for axis in (-1, -2):
            loss = loss + self.gradient_weight * functional.l1_loss(image.diff(dim=axis), target.diff(dim=axis))
        if self.ssim_weight:
            loss = loss + self.ssim_weight * self.ssim(image, target)
        return loss


class MaskAutoencoderLoss(nn.Module):
    """Dice, cross entropy and KL for the 13 overlapping channels of a pathology mask.

    Args:
        dice_weight: weight of the Dice term.
        positive_weight: weight of positive pixels in the cross entropy.
        kl_weight: weight of the KL term.
    """

    def __init__(self, dice_weight: float = 0.5, positive_weight: float = 2.0, kl_weight: float = 1e-5) -> None:
        super().__init__()
        self.mask = DiceBCELoss(dice_weight, positive_weight)
        self.kl_weight = kl_weight

    def forward(self, prediction: Posterior, target: torch.Tensor) -> torch.Tensor:
        """Args: prediction: (logits, mean, sigma); target: (B, 13, H, W), 0 or 1. Returns a scalar."""
        logits, mean, sigma = prediction
        loss: torch.Tensor = self.mask(logits, target) + self.kl_weight * kl_divergence(mean, sigma)
        return loss
