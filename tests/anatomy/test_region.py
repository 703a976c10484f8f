# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np

from aurad_monai.anatomy.region import largest_region, smooth_region


def test_largest_region_drops_islands_and_fills_holes() -> None:
    mask = np.zeros((64, 64), dtype=bool)
    mask[10:40, 10:40] = True
    mask[20:24, 20:24] = False
    mask[50:55, 50:55] = True
    region = largest_region(mask)
    assert region[22, 22] and not region[52, 52]
    assert region.sum() == 900


def test_an_empty_mask_stays_empty() -> None:
    assert not largest_region(np.zeros((8, 8), dtype=bool)).any()
    assert not smooth_region(np.full((64, 64), -5.0)).any()


def test_thin_leaks_are_cut() -> None:
    logits = np.full((256, 256), -6.0)
    logits[50:150, 50:120] = 6.0
    logits[150:220, 80:84] = 6.0  # a leak four pixels wide
    region = smooth_region(logits)
    assert region[100, 80] and not region[200, 82]
    assert abs(int(region.sum()) - 7000) < 400
