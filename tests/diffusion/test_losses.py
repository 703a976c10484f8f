# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Losses: zero for the perfect answer, larger for a worse one, and equal to what is computed by hand."""

from __future__ import annotations

import pytest
import torch

from aurad_monai.diffusion.losses import DiceBCELoss, ImageReconstructionLoss

TARGET = torch.zeros(2, 3, 8, 8)
TARGET[:, 0, 2:6, 2:6] = 1
SURE = (TARGET * 2 - 1) * 30


def test_masks_perfect_is_zero_and_inverse_is_large() -> None:
    loss = DiceBCELoss()
    assert loss(SURE, TARGET).item() == pytest.approx(0, abs=1e-4)
    assert loss(-SURE, TARGET).item() > 10


def test_dice_counts_present_channels_only() -> None:
    weighed, plain = DiceBCELoss(dice_weight=1.0), DiceBCELoss(dice_weight=0.0)
    logits = torch.zeros_like(TARGET)
    overlap, total = 0.5 * 16, 0.5 * 64 + 16
    expected = 1 - (2 * overlap + 1) / (total + 1)  # of channel 0; the empty channels add nothing
    assert (weighed(logits, TARGET) - plain(logits, TARGET)).item() == pytest.approx(expected, rel=1e-5)


def test_positive_weight_makes_misses_dearer() -> None:
    missed = torch.full_like(TARGET, -3.0)
    assert DiceBCELoss(0.0, 3.0)(missed, TARGET) > DiceBCELoss(0.0, 1.0)(missed, TARGET)


def test_image_loss_sees_brightness_and_edges() -> None:
    image = torch.rand(1, 1, 32, 32, generator=torch.Generator().manual_seed(0))
    loss = ImageReconstructionLoss()
    assert loss(image, image).item() == pytest.approx(0, abs=1e-5)
    brighter, flat = loss(image + 0.05, image), loss(image.mean().expand_as(image), image)
    assert flat > brighter >= 0.0499


def test_image_loss_weighs_edges() -> None:
    image = torch.zeros(1, 1, 16, 16)
    edge = image.clone()
    edge[..., 8:] = 1
    # half of the pixels differ by 1, and one of 15 horizontal differences
    assert ImageReconstructionLoss(gradient_weight=3.0)(edge, image).item() == pytest.approx(0.5 + 3 / 15)
