# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A real radiograph enters the way of a case: PNG, JPEG or DICOM becomes a square image in [0, 1]."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from aurad_monai.errors import InputError
from aurad_monai.io.dicom_file import read_dicom
from aurad_monai.io.frame import to_frame
from aurad_monai.io.picture_file import file_kind, read_pixels

COLOR_TOLERANCE = 8
"""Gray levels by which the channels of a gray JPEG saved as RGB may differ."""
MIN_CONTRAST = 0.05
"""Least difference between the 1st and the 99th percentile of an image in [0, 1]."""


def read_radiograph(path: str | Path, size: int = 256, argument: str = "radiograph") -> npt.NDArray[np.float32]:
    """Read a frontal chest radiograph.

    The picture is padded with black to a square, itself in the middle, and resized. 8-bit files are divided by 255. PNG
    files of 16 bits are divided by the largest value of the fewest bits (8 to 16) that hold their brightest pixel,
    since detectors of 10 to 14 bits are stored so. DICOM files go through their window or VOI LUT, and MONOCHROME1 is
    inverted.

    Args:
        path: PNG, JPEG or DICOM (CR or DX, one frame, frontal view).
        size: side of the image to be.
        argument: what error messages call the file.

    Returns:
        (1, size, size) float32 in [0, 1], bones bright, the patient's right on the image's left.

    Raises:
        InputError: the file is missing, empty, damaged, too large or small, colored, lateral, of another modality, or
            shows nothing.
    """
    return frame_picture(read_picture(path, argument), size)


def read_picture(path: str | Path, argument: str = "radiograph") -> npt.NDArray[np.float32]:
    """The picture before it is framed, for marks that are given in its pixels: (H, W) float32 in [0, 1].

    Raises:
        InputError: as `read_radiograph`.
    """
    kind = file_kind(path, argument)
    if kind == "dicom":
        picture = read_dicom(path, argument)
    elif kind in ("png", "jpeg"):
        picture = _unit_range(_gray(read_pixels(path, argument), path, argument))
    else:
        raise InputError(argument, path, "PNG, JPEG or DICOM (by content)", "convert the file")
    _check_contrast(picture, path, argument)
    return picture


def frame_picture(picture: npt.NDArray[np.float32], size: int) -> npt.NDArray[np.float32]:
    """A picture (H, W) as (1, size, size) in [0, 1], padded to a square and resized."""
    return np.clip(to_frame(picture, size), 0.0, 1.0)[None]


def _gray(pixels: npt.NDArray[Any], path: str | Path, argument: str) -> npt.NDArray[Any]:
    if pixels.ndim == 2:
        return pixels
    channels = pixels.astype(np.int16)
    if int((channels.max(axis=-1) - channels.min(axis=-1)).max()) > COLOR_TOLERANCE:
        raise InputError(argument, path, "a gray picture", "this one is colored: export it without annotations")
    return pixels[..., 0]


def _unit_range(pixels: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    brightest = int(pixels.max())
    bits = 8 if pixels.dtype == np.uint8 else max(8, brightest.bit_length())
    return np.asarray(pixels / np.float32(2**bits - 1), dtype=np.float32)


def _check_contrast(picture: npt.NDArray[np.float32], path: str | Path, argument: str) -> None:
    """Measured on the picture before padding, since black bars would pass for contrast."""
    low, high = np.percentile(picture, (1, 99))
    if not np.isfinite(picture).all() or high - low < MIN_CONTRAST:
        raise InputError(argument, path, "a picture with contrast", "this one is nearly constant: check its window")
