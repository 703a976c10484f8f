# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Instances of a mask: each connected component of a finding with its bounding box.

Takes a pathology mask (findings, H, W); gives `Instance` objects.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

EIGHT_NEIGHBORS = np.ones((3, 3), dtype=int)


@dataclass(frozen=True)
class Instance:
    """One connected piece of one finding.

    Args:
        channel: of the finding.
        mask: (H, W) bool.
        box: (x, y, width, height) in pixels; x and y are the left and upper edge.
    """

    channel: int
    mask: npt.NDArray[np.bool_]
    box: tuple[int, int, int, int]

    @property
    def area(self) -> int:
        """Pixels."""
        return int(self.mask.sum())


def instances(pathology: npt.NDArray[np.uint8]) -> Iterator[Instance]:
    """Pieces of a (findings, H, W) mask by channel, then from top to bottom; together they are the mask again."""
    for channel, mask in enumerate(pathology):
        if not mask.any():
            continue
        labels, _ = ndimage.label(mask, EIGHT_NEIGHBORS)
        for number, place in enumerate(ndimage.find_objects(labels), start=1):
            rows, columns = place
            box = (columns.start, rows.start, columns.stop - columns.start, rows.stop - rows.start)
            yield Instance(channel, np.asarray(labels == number), box)
