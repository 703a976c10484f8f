# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Placement: shares and yes-or-no answers that can be counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from aurad_monai.evaluation.masks.placement import Placement
from tests.evaluation.masks.known_masks import CHEST, drawn


def test_half_a_lesion_outside_is_half_inside() -> None:
    inside = Placement.of([drawn(mass=(slice(120, 130), slice(170, 180)))]).inside_lungs
    outside = Placement.of([drawn(mass=(slice(0, 10), slice(0, 10)))]).inside_lungs
    assert inside == [1.0] and outside == [0.0]
    assert Placement.of([drawn(fracture=(slice(0, 10), slice(0, 10)))]).inside_lungs == []  # a rib is no lung


def test_effusion_must_reach_the_base_of_its_own_lung() -> None:
    base = np.flatnonzero(CHEST[0].any(axis=1))[-1]
    low, high = (drawn(effusion=(slice(end - 30, end), slice(170, 190))) for end in (base, base - 60))
    assert Placement.of([low, high]).effusion_at_base == [1.0, 0.0]
    both = drawn(effusion=(slice(base - 20, base), slice(60, 190)))
    assert Placement.of([both]).effusion_at_base == [1.0, 1.0]


@pytest.mark.parametrize(("rows", "covered"), [(slice(100, 210), 1.0), (slice(100, 160), 0.0)])
def test_an_enlarged_heart_covers_the_lower_mediastinum(rows: slice, covered: float) -> None:
    assert Placement.of([drawn(cardiomegaly=(rows, slice(90, 180)))]).heart_covered == [covered]
