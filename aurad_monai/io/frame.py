# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The square frame of a case, for training and for users' radiographs alike: padded with black, then resized.

Takes a picture (H, W); gives (size, size). `FIT` is the geometry of the whole package. The shipped weights (image 0.8,
mask 0.3) were trained on center crops, which `fit="crop"` makes again. Films are nearly square, so for these weights a
padded film differs by a black margin; a cropped one would lose the costophrenic angles of users. So users' radiographs
stay padded, and the recipes pad for the next weights.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from PIL import Image

Fit = Literal["pad", "crop"]
FIT: Fit = "pad"
SMALLEST = 64
LARGEST = 8192
"""Shortest and longest side of a picture that is read, in pixels."""


def square_of(width: int, height: int, fit: Fit = FIT) -> tuple[int, int, int]:
    """Left, top and side of the square frame of a picture, in its pixels; negative where it reaches beyond.

    Args:
        width: of the picture.
        height: of the picture.
        fit: pad takes the longer side, crop the shorter one.
    """
    if fit == "crop":
        side = min(width, height)
        return (width - side) // 2, (height - side) // 2, side
    side = max(width, height)
    return -((side - width) // 2), -((side - height) // 2), side


def to_frame(picture: npt.NDArray[Any], size: int, fit: Fit = FIT) -> npt.NDArray[np.float32]:
    """Bring a picture into the square frame and resize it without aliasing.

    Args:
        picture: (H, W), any number type.
        size: side of the square, in pixels.
        fit: pad keeps all of the picture, with zeros around it; crop cuts the largest centered square.

    Returns:
        (size, size) float32, within the range of `picture` and 0.
    """
    square = to_square(np.asarray(picture, dtype=np.float32), fit)
    if square.shape[0] == size:
        return square
    resized = Image.fromarray(square).resize((size, size), Image.Resampling.BICUBIC)  # PIL widens the kernel to shrink
    return np.clip(np.asarray(resized, dtype=np.float32), square.min(), square.max())


def frame_mask(mask: npt.NDArray[Any], size: int, fit: Fit = FIT) -> npt.NDArray[np.uint8]:
    """A mask (H, W) of 0 and 1 in the square frame, (size, size) uint8; one that holds something is never emptied."""
    soft = to_frame(mask, size, fit)
    cut = min(0.5, float(soft.max()) / 2) if mask.any() else 0.5
    return np.asarray(soft >= cut, dtype=np.uint8)


def to_square(picture: npt.NDArray[np.float32], fit: Fit = FIT) -> npt.NDArray[np.float32]:
    """(H, W) to (S, S) without resizing; an odd pixel of padding goes to the right or the bottom."""
    height, width = picture.shape
    left, top, side = square_of(width, height, fit)
    if fit == "crop":
        return np.ascontiguousarray(picture[top : top + side, left : left + side])
    return np.pad(picture, ((-top, side - height + top), (-left, side - width + left)))
