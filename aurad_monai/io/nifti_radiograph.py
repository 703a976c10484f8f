# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A radiograph stored as NIfTI, as medical imaging code keeps them, becomes a square image in [0, 1].

In: a path. Out: a `Radiograph`, or its picture in the square frame.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from aurad_monai.errors import InputError
from aurad_monai.io.dicom_tags import Tags
from aurad_monai.io.geometry import MAX_ASPECT, Geometry
from aurad_monai.io.gray import check_shown, fewest_bits
from aurad_monai.io.nifti_array import read_nifti_array
from aurad_monai.io.radiograph import Radiograph


def open_nifti_radiograph(path: str | Path, argument: str = "image") -> Radiograph:
    """Read a frontal radiograph of array (x, y) or (x, y, 1), x the image column and y the row from the top.

    Values of 0 to 1 are taken as they are; whole numbers are divided by the largest value of the fewest bits (8 to 16)
    that hold the brightest. A header that says that the plane is coronal is followed, see `nifti_array`.

    Raises:
        InputError: the file cannot be read, has another shape, its values are neither of the two, or it is a negative.
    """
    values, spacing = read_nifti_array(path, argument, (1,), "array (x, y) or (x, y, 1)", "store one plane a file")
    stored = _unit_range(values[..., 0].T, path, argument)
    across, down = spacing or (1.0, 1.0)
    if not 1 / MAX_ASPECT <= down / across <= MAX_ASPECT:
        value = f"{path} with pixels of {across:g} x {down:g}"
        raise InputError(argument, value, "pixels that are nearly square", "correct the header", "pixels not square")
    geometry = Geometry(aspect=down / across, spacing=spacing)
    pixels = np.asarray(geometry.shown(stored), dtype=np.float32)
    check_shown(pixels, path, argument)
    return Radiograph(pixels, Tags(), geometry, (stored.shape[0], stored.shape[1]))


def read_nifti_radiograph(path: str | Path, size: int = 256, argument: str = "image") -> npt.NDArray[np.float32]:
    """The picture of `open_nifti_radiograph` in the square frame, (1, size, size) float32 in [0, 1]."""
    return open_nifti_radiograph(path, argument).framed(size)


def _unit_range(values: npt.NDArray[Any], path: str | Path, argument: str) -> npt.NDArray[np.float32]:
    low, high = float(values.min()), float(values.max())
    if not np.isfinite(values).all() or low < 0 or high > 65535:
        value = f"{path} with values {low:.3g} to {high:.3g}"
        raise InputError(argument, value, "finite values, 0 to 65535", "rescale", reason="values out of range")
    if high <= 1:
        return np.asarray(values, dtype=np.float32)
    return np.asarray(values / np.float32(2 ** fewest_bits(int(np.ceil(high))) - 1), dtype=np.float32)
