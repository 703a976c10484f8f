# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""From any picture to the square frame of a case: centered on black, then resized without aliasing."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

SMALLEST = 64
LARGEST = 8192
"""Shortest and longest side of a picture that is read, in pixels."""


def to_frame(picture: npt.NDArray[Any], size: int) -> npt.NDArray[np.float32]:
    """Pad a picture to a square, itself in the middle and zeros around it, and resize it.

    Nothing is cropped, so costophrenic angles at the border survive, and the aspect is kept.

    Args:
        picture: (H, W), any number type.
        size: side of the square to be, in pixels.

    Returns:
        (size, size) float32, within the range of `picture` and 0.
    """
    square = pad_to_square(np.asarray(picture, dtype=np.float32))
    if square.shape[0] == size:
        return square
    resized = Image.fromarray(square).resize((size, size), Image.Resampling.BICUBIC)  # PIL widens the kernel to shrink
    return np.clip(np.asarray(resized, dtype=np.float32), square.min(), square.max())


def pad_to_square(picture: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """(H, W) to (S, S) with S the longer side; an odd pixel of padding goes to the right or the bottom."""
    height, width = picture.shape
    side = max(height, width)
    top, left = (side - height) // 2, (side - width) // 2
    return np.pad(picture, ((top, side - height - top), (left, side - width - left)))
