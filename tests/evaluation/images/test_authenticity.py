# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The two-sample classifier tells blurred from sharp, not alike from alike, and gives no verdict where it is blind."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import ndimage

from aurad_monai.evaluation.images import authenticity as module
from aurad_monai.evaluation.images.authenticity import Training, authenticity, told_apart

QUICK = Training(folds=2, steps=30, batch=8, crop=32)
REAL = ndimage.gaussian_filter(np.random.default_rng(0).random((80, 1, 32, 32)), (0, 0, 0.7, 0.7)).astype(np.float32)


def test_it_sees_blur_and_nothing_where_nothing_is() -> None:
    blurred = ndimage.gaussian_filter(REAL[40:], (0, 0, 1, 1))
    assert told_apart(blurred, REAL[:40], QUICK)[0] > 0.95
    assert 0.2 < told_apart(REAL[40:], REAL[:40], QUICK)[0] < 0.8


def test_a_blind_classifier_gives_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "told_apart", lambda *_: (0.6, 0.5, 0.7))
    verdict, power, null = authenticity(REAL[:40], REAL, QUICK)
    assert math.isnan(verdict.value[0]) and "blind" in verdict.note and power.value[0] == null.value[0] == 0.6
    few = authenticity(REAL[:5], REAL, QUICK)
    assert len(few) == 1 and "needs" in few[0].note
