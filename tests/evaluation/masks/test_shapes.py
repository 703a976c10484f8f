# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Shape statistics: a disk has those of a disk; equal sets are near and cannot be told apart, unequal ones can."""

from __future__ import annotations

import numpy as np
import pytest

from aurad_monai.evaluation.masks.sampled_masks import SampledMask
from aurad_monai.evaluation.masks.shapes import FEATURES, c2st_auroc, shape_distance, shape_features
from tests.evaluation.masks.known_masks import disk, drawn


def test_a_disk() -> None:
    features, channels, owners = shape_features([drawn(), disk("mass", 128, 180, 12)])
    values = dict(zip(FEATURES, features[0], strict=True))
    assert len(features) == 1 and owners.tolist() == [1] and channels.tolist() == [9]
    assert values["eccentricity"] < 0.1 and values["solidity"] > 0.95 and values["components"] == 1
    assert values["roughness"] == pytest.approx(0, abs=0.06)
    assert values["x"] == pytest.approx(0.73, abs=0.05) and values["y"] == pytest.approx(0.5, abs=0.05)


def disks(seed: int, radius: float) -> list[SampledMask]:
    rng = np.random.default_rng(seed)
    return [disk("mass", *(rng.normal((128, 180), 10).round()), radius + rng.normal(0, 1)) for _ in range(40)]


def test_sets_are_as_far_apart_as_they_differ_and_told_apart_when_they_do() -> None:
    real, same, other = (shape_features(disks(seed, radius)) for seed, radius in ((0, 10), (1, 10), (2, 16)))
    near, far = (shape_distance(part[0], part[1], real[0], real[1]) for part in (same, other))
    assert shape_distance(real[0], real[1], real[0], real[1]) == 0 and near < 0.5 * far
    assert 0.3 < c2st_auroc(same, real) < 0.7 and c2st_auroc(other, real) > 0.95
