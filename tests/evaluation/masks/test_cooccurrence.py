# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Coexistence: what a pair does is counted by hand; the same set agrees with itself, an opposite one does not."""

from __future__ import annotations

import numpy as np
import pytest

from aurad_monai.evaluation.masks.cooccurrence import PAIRS, agreement, agreement_interval, pair_table
from tests.evaluation.masks.known_masks import drawn

BOX = (slice(100, 110), slice(160, 170))
PAIR = PAIRS.index(("consolidation", "effusion"))


def test_overlap_and_distance_of_one_pair() -> None:
    table = pair_table([drawn(consolidation=BOX, effusion=(slice(100, 110), slice(165, 185)))])
    assert table[0, PAIR, 0] == 1 and table[0, PAIR, 1] == pytest.approx(0.5)
    assert 0 < table[0, PAIR, 2] < 0.1
    assert table[0, :, 0].sum() == 1 and np.isnan(table[0, 0, 1])


def some(seed: int, apart: bool) -> list:
    """Masks in which consolidation and effusion go together, or in which they exclude each other."""
    rng, masks = np.random.default_rng(seed), []
    for _ in range(40):
        first, second = rng.random(2) < 0.5
        second = (not first) if apart else first
        kept = {
            name: BOX
            for name, there in (("consolidation", first), ("effusion", second), ("mass", rng.random() < 0.3))
            if there
        }
        masks.append(drawn(**kept))
    return masks


def test_agreement_is_high_within_a_population_and_low_between_opposites() -> None:
    real = pair_table(some(0, apart=False))
    assert agreement(pair_table(some(1, apart=False)), real)["cooccurrence"] > 0.9
    assert agreement(pair_table(some(2, apart=True)), real)["cooccurrence"] < 0.5


def test_the_interval_holds_the_value() -> None:
    real = pair_table(some(0, apart=False))
    value, low, high = agreement_interval(pair_table(some(1, apart=False)), real, draws=50)["cooccurrence"]
    assert low <= value <= high
