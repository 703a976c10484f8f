# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The prior is fitted to usual chests: a leaking, a tiny and an empty one are left out, ordinary variation is not."""

from __future__ import annotations

import numpy as np

from recipes.data.prior import measures, usual
from tests.conftest import ellipse_chest


def test_chests_far_from_the_usual_are_left_out() -> None:
    chest = ellipse_chest()
    ordinary = [np.roll(chest, (number % 5, number % 3), axis=(1, 2)) for number in range(20)]
    leaking, tiny, empty = chest.copy(), np.zeros_like(chest), np.zeros_like(chest)
    leaking[0, 150:250, 150:175] = 1
    tiny[:, 100:132, 100:132] = chest[:, ::8, ::8]
    kept = usual(np.stack([measures(case) for case in (*ordinary, leaking, tiny, empty)]))
    assert kept.tolist() == [True] * 20 + [False] * 3
