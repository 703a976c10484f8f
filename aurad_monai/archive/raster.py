# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Masks of the square, upright frame in the raster in which a DICOM image is stored.

Takes masks (H, W) of the frame; gives (rows, columns) of the image: the way of `read_radiograph`, backwards.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from aurad_monai.io.frame import square_of

Mask = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Turn:
    """From the stored raster to the shown one: exchange rows and columns, then mirror across, then down.

    Args:
        transpose: first of all.
        mirror_x: left and right.
        mirror_y: top and bottom.
    """

    transpose: bool = False
    mirror_x: bool = False
    mirror_y: bool = False


def to_stored(mask: Mask, rows: int, columns: int, turn: Turn, shown: tuple[int, int] | None = None) -> Mask:
    """A mask of the frame in the raster of the file.

    Args:
        mask: (S, S), 0 and 1.
        rows: of the stored raster.
        columns: of the stored raster.
        turn: that shows it upright.
        shown: height and width as shown, where pixels that are not square were stretched; None has the stored ones.
    """
    turned = (columns, rows) if turn.transpose else (rows, columns)
    height, width = shown or turned
    left, top, side = square_of(width, height)
    square = _resized(mask, side, side)
    upright = square[-top : height - top, -left : width - left]
    upright = upright if (height, width) == turned else _resized(upright, *turned)
    upright = upright[::-1] if turn.mirror_y else upright
    upright = upright[:, ::-1] if turn.mirror_x else upright
    return np.ascontiguousarray(upright.T if turn.transpose else upright)


def _resized(mask: Mask, height: int, width: int) -> Mask:
    """Outlines stay smooth: half of a pixel decides."""
    soft = Image.fromarray(np.asarray(mask > 0, dtype=np.float32)).resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(np.asarray(soft) >= 0.5, dtype=np.uint8)
