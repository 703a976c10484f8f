# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The shape of a finding of known place and size, for what a network leaves out: an ellipse, along the wall, or fluid.

A zone is where the middle of a finding lies, not a frame that cuts it; only the lung's own border does.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from aurad_monai import vocabulary

Array = npt.NDArray[Any]
LOWEST = {"pneumothorax": 0.45, "pleural_thickening": 0.8}
"""findings that lie along the chest wall, and how far down: sine of the angle below the middle of the lung"""
MEDIAL = 0.2
"""how far beyond its top the wall goes on toward the mediastinum: cosine of the angle"""
BAND_DEPTH = 0.35
"""depth of a band, in radii of the disc of its area"""
BAND_LENGTH = 4.0
"""half of the length of a band, in the same radii"""
CLIMB = 0.3
"""how far a pleural effusion climbs the chest wall above its level, in heights of the lung"""
BASE_REACH = 0.1
"""An effusion reaches the base when its lowest point is at most this fraction of the lung's height above it."""
FRAME = 256
"""Edge of the frame in which the lengths of `finding_shape` are so many pixels; they grow with a larger one."""
UNEVEN = 0.3
"""how far an outline deviates from its ellipse, in radii of the disc of its area and for each length that it is longer
than wide: what is long is ragged, what is round is smooth; the logits say where"""
MOST = 0.5
"""how far it deviates at most, so that few pieces are cut off"""
NEAR = 2.5
"""how far from the middle logits say how an ellipse lies, in radii of the disc of its area"""


def finding_shape(name: str, logits: Array, zone: Array, place: Array, count: int) -> npt.NDArray[np.bool_]:
    """A finding of `count` pixels whose middle is the most probable place of a zone.

    Args:
        name: the finding.
        logits: (H, W), finite; the network's, however low.
        zone: (H, W) bool, where the middle may be; not empty.
        place: (H, W) bool, where the finding may lie; holds the zone.
        count: pixels; as many as there are where `place` has fewer.
    """
    labels, parts = ndimage.label(place)
    if name == "effusion" and parts == 1:  # wherever its middle is, it fills the same lung
        return _highest(depth_of_fluid(place), place, count)
    radius, unit = max(float(np.sqrt(count / np.pi)), 1.0), max(zone.shape[-1] / FRAME, 1.0)
    broad = float(np.clip(0.6 * radius, 2 * unit, 8 * unit))
    smooth = ndimage.gaussian_filter(logits.astype(np.float64), broad)
    to_border = ndimage.distance_transform_edt(np.pad(zone, 1))[1:-1, 1:-1]
    deep = zone & (to_border >= min(radius, float(np.quantile(to_border[zone], 0.7))))
    row, column = np.unravel_index(int(np.argmax(np.where(deep, smooth, -np.inf))), zone.shape)
    down, right = (np.indices(zone.shape) - np.array([row, column])[:, None, None]) / radius
    away = np.sqrt(down**2 + right**2)
    own = place & (labels == labels[row, column])
    if name in LOWEST:
        score = -to_chest_wall(own, LOWEST[name]) / max(BAND_DEPTH * radius, 2.0 * unit) - 3 * (away / BAND_LENGTH) ** 2
    elif name == "effusion":
        score = depth_of_fluid(own)
    else:
        near, elongation = own & (away < NEAR), vocabulary.finding(name).elongation
        angle = _main_axis(near * np.exp(_standardized(logits, near, broad) - away**2 / 2), down, right)
        along, across = right * np.cos(angle) + down * np.sin(angle), down * np.cos(angle) - right * np.sin(angle)
        uneven = UNEVEN * (elongation - 1) * _standardized(logits, near, 0.3 * radius + unit)
        score = np.clip(uneven, -MOST, MOST) - np.sqrt(along**2 / elongation + across**2 * elongation)
        pieces = ndimage.label(_highest(score, own, count))[0]
        return np.asarray(pieces == pieces[_highest(score, own, 1)])  # what the unevenness cut off is no finding
    return _highest(score, own, count)


def _standardized(logits: Array, near: Array, sigma: float) -> Array:
    """Logits (H, W) smoothed within a place (H, W) alone, with mean 0 and deviation 1 there, 0 elsewhere."""
    reach = int(4 * sigma + 0.5)  # where SciPy cuts the kernel: nothing beyond it changes what is near
    rows, columns = (np.flatnonzero(near.any(axis=axis)) for axis in (1, 0))
    box = tuple(slice(max(line[0] - reach, 0), line[-1] + reach + 1) for line in (rows, columns))
    part, found = near[box], np.zeros(near.shape)
    inside = ndimage.gaussian_filter(np.where(part, logits[box] - logits[near].mean(), 0.0).astype(np.float64), sigma)
    inside /= np.maximum(ndimage.gaussian_filter(part.astype(np.float64), sigma), 1e-6)
    found[box] = np.where(part, inside - inside[part].mean(), 0.0) / max(float(inside[part].std()), 1e-6)
    return found


def _main_axis(weights: Array, down: Array, right: Array) -> float:
    """Angle of the direction in which weights (H, W) reach farthest, in radians from right to down."""
    weights = weights / weights.sum()
    down, right = down - (weights * down).sum(), right - (weights * right).sum()
    slant, wider = (weights * down * right).sum(), (weights * (right**2 - down**2)).sum()
    return float(0.5 * np.arctan2(2 * slant, wider))


def _highest(score: Array, own: Array, count: int) -> npt.NDArray[np.bool_]:
    """The `count` pixels of a place (H, W) whose score is highest, or all."""
    chosen, places = np.zeros(own.shape, dtype=bool), np.flatnonzero(own)
    order = np.argsort(score[own], kind="stable")  # equals in the same order on any machine
    chosen.flat[places[order[len(order) - min(count, len(order)) :]]] = True
    return chosen


def depth_of_fluid(lung: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """Where fluid goes first, (H, W), more is earlier: to the lowest part of the lung, and up the chest wall.

    The largest values fill the costophrenic angle, and the level of more fluid is a meniscus.

    Args:
        lung: (H, W) bool, not empty; the patient's left is on the right of the frame.
    """
    rows, columns = np.nonzero(lung)
    down, right = np.indices(lung.shape, dtype=np.float64)
    right = (right - (columns.min() + columns.max()) / 2) * _outward(lung) / max(float(np.ptp(columns)) / 2, 1.0)
    return np.asarray(down + CLIMB * (np.ptp(rows) + 1) * np.clip(right, 0, 1) ** 2)


def reaches_base(fluid: npt.NDArray[np.bool_], lung: npt.NDArray[np.bool_]) -> bool:
    """Whether an effusion (H, W), not empty, goes down to the base of a lung (H, W), as fluid does in who stands."""
    rows, lowest = np.flatnonzero(lung.any(axis=1)), np.flatnonzero(fluid.any(axis=1))[-1]
    return len(rows) == 0 or bool(lowest >= rows[-1] - BASE_REACH * (rows[-1] - rows[0]))


def _outward(lung: npt.NDArray[np.bool_]) -> float:
    """Direction from the middle of the chest to the wall of a lung: 1 to the right of the frame, -1 to the left."""
    return 1.0 if np.nonzero(lung)[1].mean() > (lung.shape[1] - 1) / 2 else -1.0


def to_chest_wall(lung: npt.NDArray[np.bool_], lowest: float) -> npt.NDArray[np.float64]:
    """Pixels to the lateral and upper border of a lung, (H, W): neither to the mediastinum nor to the diaphragm.

    Args:
        lung: (H, W) bool, not empty; the patient's left is on the right of the frame.
        lowest: see `LOWEST`.
    """
    rows, columns = np.nonzero(lung)
    outward = _outward(lung)
    down, right = np.indices((lung.shape[0] + 2, lung.shape[1] + 2), dtype=np.float64) - 1
    down, right = down - (rows.min() + rows.max()) / 2, (right - (columns.min() + columns.max()) / 2) * outward
    height, width = np.ptp(rows) + 1, np.ptp(columns) + 1
    down, right = down / height, right / width
    length = np.maximum(np.sqrt(down**2 + right**2), 1e-6)
    wall = ~np.pad(lung, 1) & (right > -MEDIAL * length) & (down < lowest * length)
    return np.asarray(ndimage.distance_transform_edt(~wall)[1:-1, 1:-1])
