# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Diffuse nodules: many small bright spots spread over the whole outline."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from aurad_monai.lesions.diffuse_nodule import AddDiffuseNoduled
from tests.lesions.synthetic_chest import inserted, mask_of


def test_spots_are_many_small_and_everywhere() -> None:
    before, after = inserted(AddDiffuseNoduled, density=(0.8, 0.8))
    mask = mask_of(after, "diffuse_nodule")
    change = (after["image"] - before["image"])[0]
    spots, count = ndimage.label((change > np.quantile(change[mask], 0.85)) & mask)
    assert count > 25
    assert np.median(np.bincount(spots.ravel())[1:]) < 40
    quarters = [part.any() for half in np.array_split(spots, 2) for part in np.array_split(half[:, 128:], 2, axis=1)]
    assert all(quarters)
