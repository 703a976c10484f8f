# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Consolidation: dense, without vessels, with air-filled bronchi that start at the hilum."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from aurad_monai.lesions.chest_tissue import ChestTissue
from aurad_monai.lesions.consolidation import AddConsolidationd, air_bronchogram
from tests.lesions.synthetic_chest import case, inserted, mask_of


def test_lung_is_partly_filled_in_patches_through_which_vessels_are_seen() -> None:
    before, after = inserted(AddConsolidationd, density=(0.95, 1.0))
    core = ndimage.binary_erosion(mask_of(after, "consolidation"), iterations=8)
    plain, dense = before["image"][0], after["image"][0]
    heart, lung = float(np.median(plain[before["anatomy"][2] > 0])), float(np.median(plain[core]))
    vessels, left = ((image - ndimage.gaussian_filter(image, 2))[core] for image in (plain, dense))
    filled = ndimage.gaussian_filter(dense - plain, 3)[core] / (heart - lung)
    assert 0.4 < np.median(filled) < 1
    assert filled.std() > 0.1
    assert 0.4 * np.dot(vessels, vessels) < np.dot(left, vessels) < 0.95 * np.dot(vessels, vessels)


def test_density_says_how_much_is_filled() -> None:
    filled = []
    for density in ((0.05, 0.06), (0.7, 0.71)):
        before, after = inserted(AddConsolidationd, density=density)
        mask = mask_of(after, "consolidation")
        filled.append(float((after["image"][0] - before["image"][0])[mask].mean()))
    assert 0 < 5 * filled[0] < filled[1]


def test_bronchi_are_thin_and_only_where_lung_is_filled() -> None:
    data = case()
    tissue = ChestTissue(data["image"][0], data["anatomy"] > 0)
    region = np.zeros(tissue.shape, dtype=bool)
    region[90:150, 55:95] = True
    tubes = air_bronchogram(tissue, region, np.random.RandomState(0))
    assert tubes.max() == pytest.approx(1)
    assert 0.01 < (tubes[region] > 0.5).mean() < 0.2
    assert not (tubes[:, 160:] > 0.5).any()
    assert not air_bronchogram(tissue, np.zeros_like(region), np.random.RandomState(0)).any()
