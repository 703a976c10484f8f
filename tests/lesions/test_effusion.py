# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Effusion: dense fluid that fills the base of its lung and hides diaphragm and angle."""

from __future__ import annotations

import numpy as np

from aurad_monai.lesions.effusion import AddEffusiond, without_medial_mound
from tests.conftest import ellipse_chest
from tests.lesions.synthetic_chest import inserted, mask_of


def test_fluid_fills_the_base_of_its_lung() -> None:
    _, after = inserted(AddEffusiond)
    mask, lung = mask_of(after, "effusion"), after["anatomy"][0] > 0
    bottom = lung.copy()
    bottom[: np.nonzero(lung)[0].max() - 8] = False
    assert mask[bottom].mean() > 0.95
    assert not (mask & (after["anatomy"][1] > 0)).any()


def test_border_of_the_diaphragm_is_lost() -> None:
    before, after = inserted(AddEffusiond, density=(0.95, 1.0))
    lung = after["anatomy"][0] > 0
    columns = range(170, 190)
    steps = []
    for data in (before, after):
        edges = [np.nonzero(lung[:, column])[0].max() for column in columns]
        image = data["image"][0]
        pairs = zip(columns, edges, strict=True)
        steps.append(np.mean([image[edge + 6, column] - image[edge - 10, column] for column, edge in pairs]))
    assert abs(steps[1]) < 0.35 * steps[0]


def test_fluid_stands_no_higher_at_the_mediastinum_than_at_the_wall() -> None:
    lung = ellipse_chest()[0] > 0
    rows, columns = np.indices(lung.shape)
    mound = lung & (rows > np.where(columns < 170, 90, 150))
    settled = without_medial_mound(mound, lung, 1)
    assert np.nonzero(settled)[0].min() >= 150
    assert np.array_equal(settled[:, 202:], mound[:, 202:])
    only_medial = mound & (columns < 170)
    assert np.array_equal(without_medial_mound(only_medial, lung, 1), only_medial)
