# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Filled polygons.

Takes outlines of points (x, y) in pixels; gives the mask of what lies within them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

Outline = Sequence[Sequence[float]] | npt.NDArray[Any]


def fill_polygons(outlines: Iterable[Outline], shape: tuple[int, int]) -> npt.NDArray[np.bool_]:
    """The union of outlines, (H, W) bool; the border belongs to it, and less than three points are none.

    By Pillow, not `skimage.draw.polygon2mask`, which leaves out half of the border.
    """
    canvas = Image.new("L", (shape[1], shape[0]))
    draw = ImageDraw.Draw(canvas)
    for outline in outlines:
        if len(outline) > 2:
            draw.polygon([(float(x), float(y)) for x, y in outline], fill=1)
    return np.asarray(canvas, dtype=bool)
