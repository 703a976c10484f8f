# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Pairs with and without a finding: a picture that shows it more counts as shown, an equal or weaker one does not."""

from __future__ import annotations

import numpy as np
import pytest

from aurad_monai.vocabulary import FINDING_NAMES, channel
from recipes.figures.same_seed_pairs import Pair
from recipes.figures.shown import row

MASK = np.zeros((len(FINDING_NAMES), 64, 64), np.uint8)
MASK[channel("effusion"), 40:50, 10:20] = 1


def at_masks(images: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """An expert to which a finding is how bright its mask is."""
    inside = np.where(masks, images, np.nan).reshape(*masks.shape[:2], -1)
    found = np.full(masks.shape[:2], np.nan, np.float32)
    shown = masks.any(axis=(2, 3))
    found[shown] = 8 * np.nanmean(inside[shown], axis=1)
    return found


def pair(level: float, accepted: bool = True) -> Pair:
    images = np.full((2, 1, 64, 64), 0.5, np.float32)
    images[:, :, 40:50, 10:20] = np.array([level, 0.2], np.float32)[:, None, None, None]
    return Pair("effusion", 0, *images, np.ones((3, 64, 64), np.uint8), MASK, accepted)


def test_shown_is_the_share_of_pairs_that_score_higher_with_the_finding() -> None:
    pairs = [pair(0.8), pair(0.6), pair(0.1), pair(0.2, accepted=False)]
    name, count, shown, low, high, change, accepted = row("effusion", pairs, at_masks)  # type: ignore[arg-type]
    assert (name, count, shown, accepted) == ("effusion", "4", "0.50", "0.75")
    assert float(low) < 0.5 < float(high)
    assert float(change) == pytest.approx(8 * np.mean([0.6, 0.4, -0.1, 0.0]), abs=0.01)
