# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Masks of every scale that tools write, and arrays that are none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from aurad_monai.errors import InputError
from aurad_monai.io.binary import binarize

MASK = np.zeros((40, 40), dtype=np.uint8)
MASK[10:25, 8:30] = 1


@pytest.mark.parametrize(
    "values",
    [
        MASK,
        MASK * 0.9999,
        MASK * 255,
        MASK.astype(np.int16) * 256,
        MASK.astype(np.uint16) * 65535,
        MASK.astype(np.float64) / 255,
        MASK.astype(bool),
        MASK + 1e-9,
        np.where(MASK > 0, 0.7, 0.2),
        MASK.astype(np.int8) * 2,
    ],
    ids=str,
)
def test_every_scale_of_a_mask(values: Any) -> None:
    found = binarize(np.asarray(values), "file")
    np.testing.assert_array_equal(found, MASK)
    assert found.dtype == np.uint8


def test_the_edge_of_a_resized_mask_is_cut_at_half() -> None:
    big = np.kron(MASK, np.ones((20, 20)))
    soft = ndimage.gaussian_filter(big, 2) * 255
    assert (binarize(np.rint(soft).astype(np.uint8), "file") != big).mean() < 0.002


def test_an_empty_mask_stays_empty() -> None:
    assert not binarize(np.zeros((4, 4), np.float32), "file").any()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (np.arange(16).reshape(4, 4), "several values up to 15"),
        (np.array([[0, 1, 2, 3]]), "several values"),
        (np.linspace(0, 255, 64).reshape(8, 8), "several values"),
        (np.where(MASK > 0, 0.31, np.linspace(0, 0.2, 40)), "all below 0.5"),
        (MASK.astype(float) * np.nan, "nan"),
        (MASK.astype(np.int16) - 2, "-2"),
        (np.full((4, 4), 7), "no background"),
    ],
)
def test_what_is_no_mask_is_refused(values: Any, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        binarize(np.asarray(values), "file")
    assert caught.value.reason == "no mask"


@given(scale=st.floats(1e-6, 1e6), kind=st.sampled_from([np.float32, np.float64]))
def test_no_scale_empties_a_mask(scale: float, kind: Any) -> None:
    np.testing.assert_array_equal(binarize((MASK * scale).astype(kind), "file"), MASK)
