# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A change inside the mask counts inside, one elsewhere outside, and one at the edge nowhere."""

from __future__ import annotations

import numpy as np
import pytest

from aurad_monai.evaluation.images.counterfactual import change, counterfactual

MASK = np.zeros((64, 64), np.uint8)
MASK[20:30, 20:30] = 1
PLAIN = np.zeros((1, 64, 64))


def test_change_by_hand() -> None:
    inside = PLAIN + 0.5 * MASK
    assert change(inside, PLAIN, MASK) == (0.5, 0)
    ring = PLAIN.copy()
    ring[0, 31, 20:30] = 1  # just beside the mask
    assert change(ring, PLAIN, MASK) == (0, 0)
    assert change(PLAIN + 1, PLAIN, MASK) == (1, 1)
    assert np.isnan(change(PLAIN, PLAIN, np.zeros((64, 64)))[0])


def test_a_network_that_ignores_its_masks_shows() -> None:
    rows = {f.name: f.value[0] for f in counterfactual({"effusion": [(0.1, 0.2), (0.1, 0.05), (0.1, 0.3)]})}
    assert rows["more inside than outside"] == pytest.approx(1 / 3)
    assert rows["change inside the mask"] == pytest.approx(0.1)
