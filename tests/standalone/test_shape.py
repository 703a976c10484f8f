# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The shapes of a standalone bundle are those of the package, pixel by pixel, scripted as the bundle holds them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import ndimage

from aurad_monai import vocabulary
from aurad_monai.anatomy import finding_shape as package
from aurad_monai.standalone.shape import distance_to, finding_shape
from tests.conftest import ellipse_chest

SCRIPTED = torch.jit.script(finding_shape)


@pytest.mark.parametrize("count", [16, 90, 5000])
@pytest.mark.parametrize("name", ["nodule", "effusion", "pneumothorax", "pleural_thickening", "fibrosis"])
def test_a_shape_is_that_of_the_package(name: str, count: int) -> None:
    lungs = ellipse_chest(96)[:2].astype(bool)
    zone = lungs[0] & (np.indices(lungs[0].shape)[0] > 40)
    logits = ndimage.gaussian_filter(np.random.default_rng(count).normal(size=zone.shape), 3).astype(np.float32)
    expected = package.finding_shape(name, logits, zone, lungs.any(axis=0), count)
    place = torch.from_numpy(lungs.any(axis=0))
    rules = package.LOWEST.get(name, -2.0), name == "effusion", vocabulary.finding(name).elongation
    found = SCRIPTED(torch.from_numpy(logits), torch.from_numpy(zone), place, count, *rules)
    assert expected.any() and np.array_equal(found.numpy(), expected)


def test_distances_are_scipys() -> None:
    mask = np.random.default_rng(0).random((40, 57)) > 0.98
    assert np.allclose(distance_to(torch.from_numpy(mask)).numpy(), ndimage.distance_transform_edt(~mask), rtol=1e-12)
