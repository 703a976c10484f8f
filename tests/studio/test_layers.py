# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Masks between page and workbench: packed bits come back as they went, anything else is one line."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from aurad_monai.errors import InputError
from aurad_monai.studio.layers import packed, picture, unpacked

SHAPES = st.tuples(st.integers(1, 5), st.integers(1, 9)).map(lambda shape: (shape[0], shape[1], shape[1]))


@given(SHAPES.flatmap(lambda shape: hnp.arrays(np.uint8, shape, elements=st.integers(0, 1))))
def test_packed_masks_come_back(mask: npt.NDArray[np.uint8]) -> None:
    np.testing.assert_array_equal(unpacked("anatomy", packed(mask), mask.shape[0], mask.shape[1]), mask)


@given(st.one_of(st.none(), st.integers(), st.text(max_size=30), st.binary(max_size=30), st.lists(st.integers())))
def test_what_is_no_mask_is_refused(content: Any) -> None:
    with pytest.raises(InputError, match="anatomy: got"):
        unpacked("anatomy", content, 16, 64)


def test_pictures_are_the_gray_levels_of_a_run_folder() -> None:
    image = np.linspace(0, 1, 64, dtype=np.float32).reshape(1, 8, 8)
    stored = np.asarray(Image.open(io.BytesIO(base64.b64decode(picture(image)))))
    np.testing.assert_array_equal(stored, np.round(image[0] * 255))
