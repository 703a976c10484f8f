# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Calcification: sharper and brighter than a nodule of the same outline."""

from __future__ import annotations

from aurad_monai.lesions.calcification import AddCalcificationd
from tests.lesions.synthetic_chest import inserted, mask_of


def test_spot_is_small_and_much_brighter_than_lung() -> None:
    before, after = inserted(AddCalcificationd, density=(0.9, 1.0))
    mask = mask_of(after, "calcification")
    change = (after["image"] - before["image"])[0]
    assert 9 <= mask.sum() < 200
    assert change[mask].max() > 0.25
    assert change[mask].sum() > 0.6 * change.clip(0).sum()
