# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Nodules and masses: denser the thicker, and not hidden behind the heart."""

from __future__ import annotations

import numpy as np

from aurad_monai.lesions.chest_tissue import ChestTissue
from aurad_monai.lesions.lesion_transform import LesionTransformd
from aurad_monai.lesions.nodule import AddMassd, AddNoduled, ball, diameter
from tests.lesions.synthetic_chest import case, inserted, library, mask_of


def disc(radius: int) -> np.ndarray:
    """A disc in the right lung, (256, 256) bool."""
    rows, columns = np.indices((256, 256))
    return np.hypot(rows - 110, columns - 75) <= radius


def test_ball_is_thickest_in_the_middle() -> None:
    thickness = ball(disc(12), 1.0, np.zeros((256, 256), dtype=np.float32))
    assert thickness[110, 75] > 0.9
    assert thickness[110, 75] > thickness[110, 84] > thickness[110, 92]
    assert diameter(disc(12)) * 256 == np.float64(2 * np.sqrt(disc(12).sum() / np.pi))


def test_mass_hides_vessels_and_is_denser_than_a_nodule() -> None:
    added = {}
    for kind in (AddNoduled, AddMassd):
        before, after = inserted(kind, density=(0.9, 0.9))
        mask = mask_of(after, kind.finding)
        added[kind.finding] = float((after["image"] - before["image"])[0][mask].mean())
    assert added["mass"] > added["nodule"] > 0.03


def test_outline_behind_the_heart_is_not_taken() -> None:
    data = case()
    tissue = ChestTissue(data["image"][0], data["anatomy"] > 0)
    transform: LesionTransformd = AddNoduled(library())
    assert transform.acceptable(tissue, disc(6))
    assert not transform.acceptable(tissue, tissue.heart & tissue.lungs)
