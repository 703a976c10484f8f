# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A radiograph stored as NIfTI, as medical imaging code keeps them, becomes a square image in [0, 1]."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from aurad_monai.errors import InputError
from aurad_monai.io.frame import to_frame
from aurad_monai.io.nifti_array import read_nifti_array


def read_nifti_radiograph(path: str | Path, size: int = 256, argument: str = "image") -> npt.NDArray[np.float32]:
    """Read a frontal radiograph of array (x, y) or (x, y, 1), x the image column and y the row from the top.

    Values of 0 to 1 are taken as they are; whole numbers are divided by the largest value of the fewest bits (8 to 16)
    that hold the brightest. The affine is not used.

    Returns:
        (1, size, size) float32 in [0, 1].

    Raises:
        InputError: the file cannot be read, has another shape, or its values are neither of the two.
    """
    values = read_nifti_array(path, argument, (1,), "array (x, y) or (x, y, 1)", "store one plane a file")
    picture = _unit_range(values.reshape(values.shape[:2]).T, path, argument)
    return np.clip(to_frame(picture, size), 0.0, 1.0)[None]


def _unit_range(values: npt.NDArray[Any], path: str | Path, argument: str) -> npt.NDArray[np.float32]:
    low, high = float(values.min()), float(values.max())
    if not np.isfinite(values).all() or low < 0 or high > 65535:
        raise InputError(
            argument, f"{path} with values {low:.3g} to {high:.3g}", "finite values, 0 to 65535", "rescale"
        )
    if high <= 1:
        return np.asarray(values, dtype=np.float32)
    bits = max(8, int(np.ceil(high)).bit_length())
    return np.asarray(values / np.float32(2**bits - 1), dtype=np.float32)
