# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Square cases at another size: averaged down to what was calibrated at it, masks enlarged to that of a radiograph.

Takes arrays (C, H, W) or cases, H = W; gives the same at another edge, the scale in mm a pixel kept true.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from aurad_monai.case import Case
from aurad_monai.io.frame import to_frame

Array = npt.NDArray[Any]


def image_at_most(image: Array, size: int) -> npt.NDArray[np.float32]:
    """Planes (C, H, W) averaged down to (C, size, size) float32; smaller ones stay as they are."""
    planes = np.asarray(image, dtype=np.float32)
    edge = planes.shape[-1]
    if edge <= size:
        return planes
    if edge % size or planes.shape[-2] != edge:
        return np.stack([to_frame(plane, size) for plane in planes])
    step = edge // size
    return np.asarray(planes.reshape(-1, size, step, size, step).mean(axis=(2, 4)), dtype=np.float32)


def masks_at(masks: Array, size: int) -> npt.NDArray[np.uint8]:
    """Masks (C, H, W) of 0 and 1 at another size, (C, size, size) uint8; one that holds something is never emptied."""
    if masks.shape[-2:] == (size, size):
        return np.asarray(masks, dtype=np.uint8)
    made = np.zeros((len(masks), size, size), dtype=np.uint8)
    for plane, mask in zip(made, masks, strict=True):
        if mask.any():
            smaller = mask.shape[-1] > size
            soft = image_at_most(mask[None] > 0, size)[0] if smaller else to_frame(mask > 0, size)
            plane[:] = soft >= min(0.5, float(soft.max()) / 2)
    return made


def case_at(case: Case, size: int) -> Case:
    """A case with its masks at a size, its image averaged down to it where it is larger."""
    edges = {part.shape[-1] for part in (case.image, case.anatomy, case.pathology) if part is not None}
    if edges <= {size}:
        return case
    return replace(
        case,
        image=None if case.image is None else image_at_most(case.image, size),
        anatomy=None if case.anatomy is None else masks_at(case.anatomy, size),
        pathology=None if case.pathology is None else masks_at(case.pathology, size),
        spacing=None if case.spacing is None else case.spacing * max(edges) / size,
    )


def case_at_most(case: Case, size: int) -> Case:
    """A case averaged down to a size; a smaller one stays as it is."""
    edges = [part.shape[-1] for part in (case.image, case.anatomy, case.pathology) if part is not None]
    return case_at(case, size) if edges and min(edges) > size else case
