# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np

from recipes.mediastinum import ATLAS_SIZE, between_lungs, build_atlas, mediastinum_from_lungs


def _lungs() -> tuple[np.ndarray, np.ndarray]:
    left, right = np.zeros((128, 128), dtype=bool), np.zeros((128, 128), dtype=bool)
    left[20:100, 66:110] = True
    right[20:100, 18:58] = True
    return left, right


def test_between_lungs_is_the_gap() -> None:
    left, right = _lungs()
    gap = between_lungs(left, right)
    assert gap[50, 58:66].all() and gap.sum() == 80 * 8


def test_atlas_is_a_probability() -> None:
    left, right = _lungs()
    heart = np.zeros((128, 128), dtype=bool)
    heart[40:100, 54:84] = True
    atlas = build_atlas([(left | right, heart)] * 2)
    assert atlas.shape == (ATLAS_SIZE, ATLAS_SIZE)
    assert atlas.min() >= 0 and atlas.max() <= 1.0 + 1e-9


def test_the_bright_heart_behind_the_lung_is_found() -> None:
    left, right = _lungs()
    heart = np.zeros((128, 128), dtype=bool)
    heart[40:100, 54:84] = True
    image = np.where(left | right, 0.2, 0.8)
    image[heart] = 0.8
    found = mediastinum_from_lungs(image, left, right, build_atlas([(left | right, heart)]))
    dice = 2 * (found & heart).sum() / (found.sum() + heart.sum())
    assert dice > 0.85
