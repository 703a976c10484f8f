# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Cases brought to a smaller frame: means of the image, majorities of the masks."""

from __future__ import annotations

import numpy as np

from recipes.data.pairs import _reduced


def test_reduced_by_area() -> None:
    image = np.arange(16, dtype=np.float32).reshape(1, 4, 4) / 16
    mask = np.zeros((2, 4, 4), dtype=np.uint8)
    mask[0, :2, :1], mask[1, 3, 3] = 1, 1
    small = _reduced({"image": image, "pathology": mask}, 2)
    assert np.allclose(small["image"][0], [[2.5 / 16, 4.5 / 16], [10.5 / 16, 12.5 / 16]])
    assert np.array_equal(small["pathology"], [[[1, 0], [0, 0]], [[0, 0], [0, 0]]])
    assert _reduced({"image": image}, 0)["image"] is image
