# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A case at another size is the same case: means and places stay, small findings too, and the scale is kept true."""

from __future__ import annotations

import numpy as np
import pytest

from aurad_monai.case import Case
from aurad_monai.io.resize import case_at, case_at_most, image_at_most, masks_at
from tests.conftest import ellipse_chest


@pytest.mark.parametrize("size", [16, 24])
def test_images_are_averaged_down_and_never_enlarged(size: int) -> None:
    image = np.random.default_rng(0).random((2, 48, 48), dtype=np.float32)
    small = image_at_most(image, size)
    assert small.shape == (2, size, size) and small.dtype == np.float32
    np.testing.assert_allclose(small[1, 0, 0], image[1, : 48 // size, : 48 // size].mean(), rtol=1e-5)
    np.testing.assert_allclose(image_at_most(image, 36).mean(), image.mean(), atol=0.01)  # no whole number of pixels
    assert image_at_most(image, 64) is image


def test_masks_keep_their_place_both_ways_and_are_never_emptied() -> None:
    chest = ellipse_chest(128)
    for size in (64, 256):
        made, exact = masks_at(chest, size), ellipse_chest(size)
        assert made.dtype == np.uint8 and 2 * (made & exact).sum() / (made.sum() + exact.sum()) > 0.95
    speck = np.zeros((2, 128, 128), np.uint8)
    speck[0, 5, 7] = 1
    assert masks_at(speck, 32)[0].sum() == 1 and masks_at(speck, 32)[0, 1, 1] and not masks_at(speck, 32)[1].any()


def test_the_scale_of_a_case_follows() -> None:
    case = Case("a", anatomy=ellipse_chest(128), image=np.zeros((1, 128, 128), np.float32), spacing=2.0)
    small = case_at_most(case, 64)
    assert small.spacing == 4.0 and small.anatomy is not None and small.anatomy.shape == (3, 64, 64)
    assert small.image is not None and small.image.shape == (1, 64, 64)
    assert case_at_most(case, 128) is case and case_at_most(case, 256) is case and case_at(case, 128) is case
    masks = Case("b", anatomy=ellipse_chest(64), spacing=4.0)
    large = case_at(masks, 128)
    assert large.spacing == 2.0 and large.anatomy is not None and large.anatomy.shape == (3, 128, 128)
