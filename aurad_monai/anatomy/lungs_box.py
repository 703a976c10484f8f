# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The same place in another chest: a mask moved from the box around one pair of lungs to that around another.

Takes masks (H, W) and boxes; gives masks (H, W).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Box = tuple[int, int, int, int]
Masks = npt.NDArray[np.bool_]


def lungs_box(lungs: Masks) -> Box | None:
    """First and last row, first and last column of lungs (H, W), the last ones exclusive; None where there are none."""
    if not lungs.any():
        return None
    rows, columns = (np.flatnonzero(lungs.any(axis=axis)) for axis in (1, 0))
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def moved_along(mask: Masks, before: Box, after: Box) -> Masks:
    """A mask (H, W) from a chest with lungs in one box to one with lungs in another; what leaves the frame is cut."""
    inside, index = [], []
    for axis, size in enumerate(mask.shape):
        (start, end), (first, last) = before[2 * axis : 2 * axis + 2], after[2 * axis : 2 * axis + 2]
        source = (np.arange(size) + 0.5 - first) * (end - start) / (last - first) + start
        inside.append((source >= 0) & (source < size))
        index.append(np.clip(source, 0, size - 1).astype(int))
    return np.asarray(mask[index[0]][:, index[1]] & inside[0][:, None] & inside[1][None])


def same_place(mask: Masks, own: npt.NDArray[np.generic], other: npt.NDArray[np.generic]) -> Masks:
    """A mask (H, W) moved along with the lungs from one anatomy (3, H, W) to another; empty where one has no lungs."""
    before, after = (lungs_box(np.asarray(anatomy[:2].any(axis=0))) for anatomy in (own, other))
    return np.zeros_like(mask) if before is None or after is None else moved_along(mask, before, after)
