# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Masks of the square, upright frame in the raster in which a DICOM image is stored.

Takes masks (S, S) of the frame; gives (rows, columns) of the image: the way of `open_radiograph`, backwards.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

from aurad_monai.io.frame import square_of
from aurad_monai.io.geometry import Geometry

Mask = npt.NDArray[np.uint8]


def to_stored(mask: Mask, rows: int, columns: int, geometry: Geometry) -> Mask:
    """A mask of the frame in the raster of the file.

    Args:
        mask: (S, S), 0 and 1.
        rows: of the stored raster.
        columns: of the stored raster.
        geometry: from the stored raster to the shown one.
    """
    turned = (columns, rows) if geometry.transpose else (rows, columns)
    height, width = geometry.shown(np.zeros((rows, columns), np.uint8)).shape
    left, top, side = square_of(width, height)
    square = _resized(mask, side, side)
    upright = square[-top : height - top, -left : width - left]
    upright = upright if (height, width) == turned else _resized(upright, *turned)
    upright = upright[::-1] if geometry.mirror_y else upright
    upright = upright[:, ::-1] if geometry.mirror_x else upright
    return np.ascontiguousarray(upright.T if geometry.transpose else upright)


def _resized(mask: Mask, height: int, width: int) -> Mask:
    """Outlines stay smooth: half of a pixel decides."""
    soft = Image.fromarray(np.asarray(mask > 0, dtype=np.float32)).resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(np.asarray(soft) >= 0.5, dtype=np.uint8)
