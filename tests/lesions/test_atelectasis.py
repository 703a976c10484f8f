# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Atelectasis: dense lung that lost volume, so the diaphragm rises and vessels close in; plates are thin and dense."""

from __future__ import annotations

import numpy as np

from aurad_monai.lesions.atelectasis import AddAtelectasisd, collapse
from aurad_monai.lesions.chest_tissue import ChestTissue
from tests.lesions.synthetic_chest import case, inserted, mask_of


def chest() -> ChestTissue:
    """The schematic chest."""
    data = case()
    return ChestTissue(data["image"][0], data["anatomy"] > 0)


def test_opacity_is_dense_inside_and_ends_at_its_outline() -> None:
    before, after = inserted(AddAtelectasisd, density=(0.9, 1.0))
    mask, lung = mask_of(after, "atelectasis"), after["anatomy"][1] > 0
    around = lung & ~mask & (after["anatomy"][2] == 0)
    assert after["image"][0][mask].mean() > after["image"][0][around].mean() + 0.15
    assert mask.sum() > 100
    assert not (mask & ~lung).any()
    assert before["image"].shape == after["image"].shape


def test_collapsed_base_makes_its_lung_smaller_and_lifts_the_floor() -> None:
    before, after = inserted(AddAtelectasisd, density=(0.9, 1.0))
    areas = [(data["anatomy"][:2] > 0).sum(axis=(1, 2)) for data in (before, after)]
    assert areas[1][1] < 0.99 * areas[0][1]
    assert abs(int(areas[1][0]) - int(areas[0][0])) < 0.03 * areas[0][0]


def test_lung_around_a_collapse_closes_in_on_it() -> None:
    tissue = chest()
    region = np.zeros(tissue.shape, dtype=bool)
    region[110:130, 62:92] = True
    sources = collapse(tissue, [region], 1.0)
    above, below = (sources[0][row, 77] - row for row in (98, 142))
    assert above < -0.5
    assert below > 0.5
    assert np.abs(sources - np.indices(tissue.shape))[:, :20].max() < 0.5


def test_nothing_collapsed_moves_nothing() -> None:
    tissue = chest()
    sources = collapse(tissue, [np.zeros(tissue.shape, dtype=bool)], 1.0)
    assert np.abs(sources - np.indices(tissue.shape)).max() < 1e-3
