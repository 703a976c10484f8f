# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The loss is small where views agree and numbers do not repeat each other, and large where either is not so."""

from __future__ import annotations

import pytest
import torch

from aurad_monai.errors import InputError
from aurad_monai.experts.barlow_twins import PairedBarlowTwinsLoss

IMAGES = torch.zeros(0)


def views(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    return torch.stack([first, second], dim=1).flatten(0, 1)


def test_views_that_agree_and_views_that_do_not() -> None:
    features = torch.randn(64, 4, generator=torch.Generator().manual_seed(0))
    loss = PairedBarlowTwinsLoss()
    assert loss(views(features, features), IMAGES) < 0.05
    assert loss(views(features, features.roll(1, dims=0)), IMAGES) > 0.5  # views of different images
    repeated = features[:, :1].repeat(1, 4)
    assert PairedBarlowTwinsLoss(1.0)(views(repeated, repeated), IMAGES) == pytest.approx(
        3, abs=0.3
    )  # each repeats three others


def test_a_batch_without_twins_is_refused() -> None:
    with pytest.raises(InputError, match="two views"):
        PairedBarlowTwinsLoss()(torch.zeros(3, 2), IMAGES)
