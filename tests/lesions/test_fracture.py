# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Fracture: the change and the mask stay within reach of the break."""

from __future__ import annotations

import numpy as np

from aurad_monai.lesions.fracture import AddFractured
from tests.lesions.synthetic_chest import inserted, mask_of


def test_mask_is_near_the_break_and_holds_the_change() -> None:
    before, after = inserted(AddFractured, density=(0.9, 1.0))
    mask = mask_of(after, "fracture")
    change = np.abs(after["image"] - before["image"])[0]
    rows, columns = np.nonzero(mask)
    assert max(np.ptp(rows), np.ptp(columns)) <= 28
    assert change[mask].max() > 0.06
    assert change[mask].sum() > 0.8 * change.sum()
