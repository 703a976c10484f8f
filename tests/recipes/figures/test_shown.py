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


def pair(level: float, without: float = 0.2, accepted: bool = True, top: int = 0) -> Pair:
    images = np.full((2, 1, 64, 64), 0.5, np.float32)
    images[:, :, 40 + top : 50 + top, 10:20] = np.array([level, without], np.float32)[:, None, None, None]
    anatomy = np.zeros((3, 64, 64), np.uint8)
    anatomy[:2, 30 + top : 54 + top, 5:60] = 1
    return Pair("effusion", 0, *images, anatomy, np.roll(MASK, top, axis=1), accepted)


def test_shown_is_the_share_of_pairs_that_score_higher_with_the_finding() -> None:
    pairs = [pair(0.8), pair(0.6), pair(0.1), pair(0.2, accepted=False)]
    found = row("effusion", pairs, at_masks, "0.87")  # type: ignore[arg-type]
    name, count, shown, low, high, change, _, real, accepted, given, least, most = found
    assert (name, count, shown, real, accepted, given) == ("effusion", "4", "0.50", "0.87", "0.75", "0.67")
    assert float(low) < 0.5 < float(high) and float(least) < 0.67 < float(most)
    assert float(change) == pytest.approx(8 * np.mean([0.6, 0.4, -0.1, 0.0]), abs=0.01)


def test_the_control_compares_pictures_without_it_at_the_same_place_of_their_lungs() -> None:
    pairs = [pair(0.9, without=0.3), pair(0.9, without=0.2, top=6), pair(0.9, without=0.1, top=2)]
    control = row("effusion", pairs, at_masks)[6]  # type: ignore[arg-type]
    assert control == "0.67"  # 0.3 above 0.2, 0.2 above 0.1, 0.1 below 0.3; elsewhere all are 0.5
