# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Distances agree with MONAI, torchmetrics and prdc, with what a hand computes, and are bad where they must be."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from monai.metrics.fid import FIDMetric

from aurad_monai.evaluation.images.feature_distances import frechet_distance, kernel_distance, manifold_measures
from aurad_monai.experts.xrayvision_import import import_torchvision

RNG = np.random.default_rng(0)
FIRST = RNG.normal(size=(120, 12))
SECOND = RNG.normal(0.4, 1.5, size=(90, 12)) @ RNG.normal(size=(12, 12))


def test_frechet_agrees_with_monai() -> None:
    expected = FIDMetric()(torch.from_numpy(FIRST), torch.from_numpy(SECOND)).item()
    assert frechet_distance(FIRST, SECOND) == pytest.approx(expected, rel=1e-4)


def test_frechet_by_hand() -> None:
    points = np.array([[-1.0], [1.0]])  # mean 0, variance 2
    assert frechet_distance(points, points + 3) == pytest.approx(9)
    assert frechet_distance(points, 2 * points) == pytest.approx((2**0.5 - 8**0.5) ** 2)


def test_frechet_of_sets_smaller_than_their_features() -> None:
    few = RNG.normal(size=(5, 40))
    assert frechet_distance(few, few) == pytest.approx(0, abs=1e-9)
    assert frechet_distance(few, few + 1) == pytest.approx(40)


def test_kernel_distance_by_hand() -> None:
    """Kernel (xy + 1)^3 on 0, 0 and 1, 1: within 1 and 8, across 1, so 1 + 8 - 2."""
    assert kernel_distance(np.zeros((2, 1)), np.ones((2, 1))) == pytest.approx(7)


def test_kernel_distance_agrees_with_torchmetrics() -> None:
    import_torchvision()  # torchmetrics imports it
    from torchmetrics.image.kid import KernelInceptionDistance

    metric = KernelInceptionDistance(feature=torch.nn.Identity(), subsets=1, subset_size=90, normalize=False)
    metric.update(torch.from_numpy(SECOND).float(), real=True)
    metric.update(torch.from_numpy(FIRST[:90]).float(), real=False)
    assert kernel_distance(SECOND, FIRST[:90]) == pytest.approx(metric.compute()[0].item(), rel=1e-4)


def test_manifold_by_hand() -> None:
    """Real points 0 to 9; made ones lie on four of them, or far away."""
    real = np.arange(10.0)[:, None]
    on = manifold_measures(real, np.array([[0.1], [1.1], [2.1], [3.1]]), nearest=1)
    assert on["precision"] == 1 and on["coverage"] == pytest.approx(0.5)  # the balls of 0 to 4 hold a made point
    off = manifold_measures(real, real + 1000, nearest=1)
    assert off == {"precision": 0, "recall": 0, "density": 0, "coverage": 0}


def test_a_collapsed_set_is_precise_and_recalls_nothing() -> None:
    collapsed = FIRST[:1] + 1e-6 * RNG.normal(size=(60, 12))
    found = manifold_measures(FIRST, collapsed)
    assert found["precision"] == 1 and found["recall"] < 0.05 and found["coverage"] < 0.3


def test_distances_grow_with_what_is_wrong() -> None:
    distances = [(frechet_distance(FIRST, FIRST + s), kernel_distance(FIRST, FIRST + s)) for s in (0.1, 0.5, 2)]
    assert distances == sorted(distances)


def test_kernel_distance_of_sets_of_different_size_is_about_zero_within_one_distribution() -> None:
    rng = np.random.default_rng(0)
    one, other = rng.normal(size=(300, 8)), rng.normal(size=(120, 8))
    assert abs(kernel_distance(one, other)) < 0.1 < kernel_distance(one, other + 1)
