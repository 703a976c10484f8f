# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Training of the findings expert: batch preparation and a loss for full, partial and image-level labels.

Takes logits (B, C, H, W), masks with unknown pixels and image-level presence; gives a scalar loss.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from monai.engines import PrepareBatch
from torch import nn
from torch.nn import functional

Targets = tuple[torch.Tensor, torch.Tensor]


class FindingsBatch(PrepareBatch):
    """Image, and the pair (masks, presence) made by `datasets.finding_targets`."""

    def __call__(
        self,
        batchdata: Mapping[str, torch.Tensor],
        device: str | torch.device | None = None,
        non_blocking: bool = False,
        **kwargs: Any,
    ) -> tuple[torch.Tensor, Targets]:
        image = batchdata["image"].to(device, torch.float32, non_blocking=non_blocking)
        image = image.contiguous(memory_format=torch.channels_last)
        return image, (batchdata["pathology"].to(device), batchdata["present"].to(device))


class FindingsLoss(nn.Module):
    """Dice and cross entropy over known pixels, plus cross entropy of the image-level score.

    The image-level logit is the mean of the highest pixels, as in `FindingsExpert.scores`, so a radiograph without a
    mask trains the same output (multiple-instance learning).

    Args:
        dice_weight: of the Dice term, over channels that are present.
        positive_weight: of positive pixels in the cross entropy.
        image_weight: of the image-level term.
        top_share: share of pixels, the highest ones, whose mean is the image-level logit.
    """

    def __init__(
        self,
        dice_weight: float = 0.5,
        positive_weight: float = 3.0,
        image_weight: float = 0.3,
        top_share: float = 0.005,
    ) -> None:
        super().__init__()
        self.dice_weight, self.positive_weight = dice_weight, positive_weight
        self.image_weight, self.top_share = image_weight, top_share

    def forward(self, logits: torch.Tensor, targets: Targets) -> torch.Tensor:
        """Args: logits (B, C, H, W); masks (B, C, H, W) of 0, 1 and any other value where unknown; presence (B, C) in
        [0, 1], NaN where unknown. Returns a scalar."""
        masks, present = targets
        known = (masks <= 1).to(logits.dtype)
        return self._pixels(logits, masks.to(logits.dtype) * known, known) + self.image_weight * self._image(
            logits, present
        )

    def _pixels(self, logits: torch.Tensor, masks: torch.Tensor, known: torch.Tensor) -> torch.Tensor:
        weight = torch.as_tensor(self.positive_weight, dtype=logits.dtype, device=logits.device)
        pixel = functional.binary_cross_entropy_with_logits(logits, masks, weight=known, pos_weight=weight)
        probability, axes = logits.sigmoid() * known, (0, 2, 3)
        overlap, total = (probability * masks).sum(axes), (probability + masks).sum(axes)
        there = (masks.sum(axes) > 0).to(logits.dtype)
        dice = 1 - (2 * overlap + 1) / (total + 1)
        return pixel + self.dice_weight * (dice * there).sum() / there.sum().clamp(min=1)

    def _image(self, logits: torch.Tensor, present: torch.Tensor) -> torch.Tensor:
        flat = logits.flatten(2)
        count = max(1, round(self.top_share * flat.shape[-1]))
        score = flat.topk(count, dim=-1).values.mean(dim=-1)
        known = torch.isfinite(present)
        if not known.any():
            return logits.sum() * 0
        return functional.binary_cross_entropy_with_logits(score[known], present[known])
