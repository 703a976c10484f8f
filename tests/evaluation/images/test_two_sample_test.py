# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The two-sample classifier tells blurred from sharp, not alike from alike, and gives no verdict where it is blind."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import ndimage

from aurad_monai.evaluation.images import two_sample_test as module
from aurad_monai.evaluation.images.two_sample_test import C2STConfig, c2st_auroc, two_sample_test

QUICK = C2STConfig(folds=2, steps=30, batch=8, crop=32)
REAL = ndimage.gaussian_filter(np.random.default_rng(0).random((80, 1, 32, 32)), (0, 0, 0.7, 0.7)).astype(np.float32)


def test_it_sees_blur_and_nothing_where_nothing_is() -> None:
    blurred = ndimage.gaussian_filter(REAL[40:], (0, 0, 1, 1))
    assert c2st_auroc(blurred, REAL[:40], QUICK)[0] > 0.95
    assert 0.2 < c2st_auroc(REAL[40:], REAL[:40], QUICK)[0] < 0.8


def test_a_blind_classifier_gives_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "c2st_auroc", lambda *_: (0.6, 0.5, 0.7))
    verdict, power, null = two_sample_test(REAL[:40], REAL, QUICK)
    assert math.isnan(verdict.value[0]) and "no power" in verdict.note and power.value[0] == null.value[0] == 0.6
    few = two_sample_test(REAL[:5], REAL, QUICK)
    assert len(few) == 1 and "needs" in few[0].note
