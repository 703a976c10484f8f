# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Gray values, the same for every kind of file: one channel of three equal ones, their range, and what they show.

In: pixels as stored. Out: (H, W) float32 in [0, 1], bones bright, or an `InputError`.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from aurad_monai.data.tables import read_table
from aurad_monai.errors import InputError

FloatArray = npt.NDArray[np.float32]

COLOR_TOLERANCE = 8
"""Gray levels of 256 by which the channels of a gray JPEG saved as RGB may differ."""
MIN_CONTRAST = 0.05
"""Least difference between the 1st and the 99th percentile of an image in [0, 1]."""
NEGATIVE = -0.25
"""Correlation with the mean film below which a picture is a negative: no film of 3,472 has it, 98% of negatives do."""
MIN_SHAPE = 0.2
"""Part of a picture that is no slope, of any film at least."""


def fewest_bits(brightest: int) -> int:
    """Bits, 8 to 16, that hold a value: detectors of 10 to 14 bits are stored in 16."""
    return max(8, int(brightest).bit_length())


def one_channel(pixels: npt.NDArray[Any], path: str | Path, argument: str) -> npt.NDArray[Any]:
    """(H, W) of (H, W) or of (H, W, 3) whose channels are equal; InputError where they are not."""
    if pixels.ndim == 2:
        return pixels
    channels = pixels.astype(np.int32)
    tolerance = COLOR_TOLERANCE << (fewest_bits(int(channels.max())) - 8)
    if int((channels.max(axis=-1) - channels.min(axis=-1)).max()) > tolerance:
        step = "this one is colored: export it without annotations"
        raise InputError(argument, path, "a gray picture", step, reason="colored")
    return pixels[..., 0]


def unit_range(pixels: npt.NDArray[Any]) -> FloatArray:
    """Whole numbers to [0, 1]: 8 bits by 255, more by the largest value of the fewest bits that hold the brightest."""
    bits = 8 if pixels.dtype == np.uint8 else fewest_bits(int(pixels.max()))
    return np.asarray(pixels / np.float32(2**bits - 1), dtype=np.float32)


def check_shown(picture: FloatArray, path: str | Path, argument: str) -> None:
    """Make sure that a picture (H, W) in [0, 1] shows something, and that bones are bright in it.

    Measured before padding, since black bars would pass for contrast.

    Raises:
        InputError: it is nearly constant, or a negative.
    """
    low, high = np.percentile(picture, (1, 99))
    if not np.isfinite(picture).all() or high - low < MIN_CONTRAST:
        step = "this one is nearly constant: check its window"
        raise InputError(argument, path, "a picture with contrast", step, reason="no contrast")
    if likeness(picture) < NEGATIVE:
        step = "correct its PhotometricInterpretation (DICOM), or invert it"
        raise InputError(
            argument, f"{path}, a negative", "a film with bright bones", step, reason="a negative: bones are dark"
        )


def likeness(picture: FloatArray) -> float:
    """Correlation of a picture (H, W) with the mean of frontal films, -1 to 1; a negative's has the other sign.

    Both are 16 x 16 and without their slope; what is hardly more than a ramp resembles nothing.
    """
    mean, plane = _mean_film()
    side = mean.shape[0]
    small = np.asarray(Image.fromarray(picture).resize((side, side), Image.Resampling.BOX), dtype=np.float64).ravel()
    small = small - small.mean()
    shape = small - plane @ (plane.T @ small)
    size = float(np.linalg.norm(shape))
    return float(shape @ mean.ravel()) / size if size > MIN_SHAPE * np.linalg.norm(small) else 0.0


@cache
def _mean_film() -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The mean film (16, 16), of length 1 and without its slope, and an orthonormal basis (256, 3) of planes."""
    mean = np.array(read_table("mean_film.json")["mean"], dtype=np.float64)
    plane = planes(mean.shape[0])
    flat = mean.ravel() - plane @ (plane.T @ mean.ravel())
    return (flat / np.linalg.norm(flat)).reshape(mean.shape), plane


def planes(side: int) -> npt.NDArray[np.float64]:
    """Orthonormal basis (side * side, 3) of constant, horizontal and vertical slope."""
    across, down = np.meshgrid(np.linspace(-1, 1, side), np.linspace(-1, 1, side))
    return np.linalg.qr(np.stack([np.ones(side * side), across.ravel(), down.ravel()], axis=1))[0]
