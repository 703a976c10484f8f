# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""How wide a heart is in its chest: the cardiothoracic ratio of an anatomy, asked for or seen."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt


def cardiothoracic_ratio(anatomy: npt.NDArray[np.generic]) -> float:
    """Widest extent of the cardiomediastinum in the lower half of the lungs over the widest extent of both lungs.

    The clinical ratio (Danzer 1919) measures the heart alone between the inner ribs; a mediastinal mask also holds the
    great vessels, so only rows below the middle of the lungs count, where the heart is what is widest.

    Args:
        anatomy: (3, H, W), 0 or 1: left lung, right lung, cardiomediastinum.

    Returns:
        A ratio, about 0.5 in adults; NaN where the lungs or the heart are missing.
    """
    lungs = anatomy[0].astype(bool) | anatomy[1].astype(bool)
    rows = np.flatnonzero(lungs.any(axis=1))
    if not len(rows):
        return math.nan
    heart = anatomy[2].astype(bool)[(rows[0] + rows[-1]) // 2 : rows[-1] + 1]
    if not heart.any():
        return math.nan
    return _extent(heart) / _extent(lungs)


def _extent(mask: npt.NDArray[np.bool_]) -> float:
    """Columns from the first to the last of a mask (H, W), over all its rows."""
    columns = np.flatnonzero(mask.any(axis=0))
    return float(columns[-1] - columns[0] + 1)
