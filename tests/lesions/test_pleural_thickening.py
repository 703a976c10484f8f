# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Pleural thickening: a band along the chest wall, neither at the mediastinum nor on the diaphragm."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from aurad_monai.lesions.pleural_thickening import AddPleuralThickeningd, chest_wall
from tests.conftest import ellipse_chest
from tests.lesions.synthetic_chest import inserted, mask_of


def test_band_lies_along_the_lateral_wall() -> None:
    before, after = inserted(AddPleuralThickeningd)
    mask, lung = mask_of(after, "pleural_thickening"), after["anatomy"][0] > 0
    depth = ndimage.distance_transform_edt(lung)
    assert mask.sum() > 50
    assert depth[mask].max() < 16
    assert np.nonzero(mask)[1].mean() > np.nonzero(lung)[1].mean() + 15
    assert (after["image"] - before["image"])[0][mask].mean() > 0.05


def test_wall_is_lateral_and_above_not_medial_or_below() -> None:
    lung = ellipse_chest()[0] > 0
    wall = chest_wall(lung, 1, 1.0)
    rows, columns = np.nonzero(lung)
    assert wall[int(rows.mean()), columns.max() + 2]
    assert not wall[int(rows.mean()), columns.min() - 2]
    assert not wall[rows.max() + 6, int(columns.mean())]
    assert not (wall & lung).any()
