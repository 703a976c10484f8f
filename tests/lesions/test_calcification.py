# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Calcification: sharper and brighter than a nodule of the same outline."""

from __future__ import annotations

import numpy as np

from aurad_monai.lesions.calcification import AddCalcificationd
from aurad_monai.lesions.chest_tissue import ChestTissue
from tests.lesions.synthetic_chest import case, inserted, mask_of


def test_spot_is_small_and_much_brighter_than_lung() -> None:
    before, after = inserted(AddCalcificationd, density=(0.9, 1.0))
    mask = mask_of(after, "calcification")
    change = (after["image"] - before["image"])[0]
    assert 9 <= mask.sum() < 200
    assert change[mask].max() > 0.25
    assert change[mask].sum() > 0.6 * change.clip(0).sum()


def test_a_large_outline_always_holds_bright_specks_and_lung_between_them() -> None:
    chest, disc = case(), np.hypot(*(np.indices((256, 256)) - 95)) < 9
    image = np.asarray(chest["image"][0], dtype=np.float32)
    tissue = ChestTissue(image, np.asarray(chest["anatomy"] > 0))
    for seed in range(8):
        transform = AddCalcificationd()
        transform.set_random_state(seed)
        change = (transform.compose(tissue, [disc]).image - image)[disc]
        assert change.max() > 0.12 and np.median(change) < 0.5 * change.max()
