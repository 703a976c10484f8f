# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""One structure of a mask: the largest region as MONAI gives it, and a smooth outline without thin leaks."""

from __future__ import annotations

import numpy as np
import torch
from monai.transforms import FillHoles, KeepLargestConnectedComponent
from scipy import ndimage

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


def test_the_surest_piece_is_kept_though_another_is_larger() -> None:
    logits = np.full((256, 256), -6.0)
    logits[50:150, 50:120] = 6.0
    logits[40:240, 200:250] = 2.0  # air beside the body
    logits[140:150, 120:200] = 1.0  # a bridge that the opening cuts
    region = smooth_region(logits)
    assert region[100, 80] and not region[:, 190:].any()


def test_the_largest_region_is_that_of_monai() -> None:
    keep, fill = KeepLargestConnectedComponent(connectivity=1), FillHoles(connectivity=1)
    for seed in range(4):
        noise = np.random.default_rng(seed).standard_normal((96, 96))
        mask = ndimage.gaussian_filter(noise, 3) > 0.02
        expected = np.asarray(fill(keep(torch.from_numpy(mask[None].astype(np.uint8)))))[0] > 0
        assert np.array_equal(largest_region(mask), expected)
