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


def test_core_is_as_dense_as_soft_tissue_and_hides_vessels() -> None:
    before, after = inserted(AddConsolidationd, density=(0.95, 1.0))
    core = ndimage.binary_erosion(mask_of(after, "consolidation"), iterations=8)
    heart = float(np.median(before["image"][0][before["anatomy"][2] > 0]))
    vessels = (before["image"][0] - ndimage.gaussian_filter(before["image"][0], 2))[core]
    left = (after["image"][0] - ndimage.gaussian_filter(after["image"][0], 2))[core]
    lung = float(np.median(before["image"][0][core]))
    assert np.median(after["image"][0][core]) > lung + 0.6 * (heart - lung)
    assert np.dot(left, vessels) < 0.6 * np.dot(vessels, vessels)


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
