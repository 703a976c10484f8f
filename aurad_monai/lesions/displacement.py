# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Smooth displacements of a chest: lungs that grow or shrink, a diaphragm that moves, a heart that narrows.

Anatomy and amounts go in; where every pixel comes from, (2, H, W) rows and columns, comes out. One displacement moves
image, anatomy and the masks of findings alike.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from aurad_monai.lesions.chest_tissue import BoolArray, FloatArray
from aurad_monai.vocabulary import ANATOMY_NAMES

Curve = npt.NDArray[np.float64]
LATERAL = {"left_lung": 1, "right_lung": -1}
"""direction of the chest wall in the image"""


def moved(image: FloatArray, sources: FloatArray) -> FloatArray:
    """An image displaced with splines of order 5, which take little of its grain, (H, W) float32."""
    return np.asarray(ndimage.map_coordinates(image, sources, order=5, mode="nearest"), dtype=np.float32)


def moved_masks(masks: BoolArray, sources: FloatArray) -> BoolArray:
    """Masks (C, H, W) bool displaced; empty ones stay empty."""
    result = np.zeros_like(masks)
    for index in np.nonzero(masks.any(axis=(1, 2)))[0]:
        weight = masks[index].astype(np.float32)
        result[index] = ndimage.map_coordinates(weight, sources, order=1, mode="nearest") > 0.5
    return result


def lung_floor(lung: BoolArray, direction: int) -> tuple[Curve, int, int]:
    """The hemidiaphragm of a lung.

    Args:
        lung: (H, W) bool, not empty.
        direction: +1 where the chest wall is to the right of the image.

    Returns:
        The lowest row of the lung at every column of the image, continued level beyond the costophrenic angle and
        beyond the medial end, and the columns of the medial end and of the angle.
    """
    columns = np.nonzero(lung.any(axis=0))[0]
    floor = (lung.shape[0] - 1 - np.argmax(lung[::-1], axis=0)).astype(float)
    outer = columns[(columns - np.median(columns)) * direction > 0]
    angle = int(outer[np.argmax(floor[outer])])
    medial = int(columns.min() if direction > 0 else columns.max())
    inside = np.arange(min(medial, angle), max(medial, angle) + 1)
    line = np.interp(np.arange(lung.shape[1]), inside, floor[inside])
    return ndimage.gaussian_filter1d(line, 0.012 * lung.shape[1], mode="nearest"), medial, angle


def _eased(part: Curve) -> Curve:
    part = np.clip(part, 0, 1)
    return part * part * (3 - 2 * part)


def floor_drop(anatomy: BoolArray, flatter: Mapping[str, float], lower: Mapping[str, float]) -> Curve:
    """How far each column's lung floor moves down, in pixels, (W,).

    Args:
        anatomy: (3, H, W) bool.
        flatter: for each lung, the part of the dome's height that is lost, 0..1.
        lower: for each lung, how far the floor moves down as a part of the lung's height; below 0 it rises.
    """
    width = anatomy.shape[2]
    known, drops = np.zeros(width, dtype=bool), np.zeros(width)
    for name, direction in LATERAL.items():
        lung = anatomy[ANATOMY_NAMES.index(name)]
        if not lung.any():
            continue
        floor, medial, angle = lung_floor(lung, direction)
        height = float(np.ptp(np.nonzero(lung)[0]))
        columns = np.arange(width)
        level = floor[angle] - 0.12 * np.abs(columns - angle)
        dome = np.clip(level - floor, 0, 0.14 * height)
        drop = flatter[name] * dome + lower[name] * height
        inside = (columns >= min(medial, angle)) & (columns <= max(medial, angle))
        beyond = np.maximum((columns - angle) * direction, 0)
        drop = np.where(beyond > 0, drop[angle] * np.exp(-((beyond / (0.06 * width)) ** 2)), drop)
        own = inside | (beyond > 0)
        drops[own], known[own] = drop[own], True
    if not known.any():
        return drops
    drops = np.interp(np.arange(width), np.nonzero(known)[0], drops[known])
    return np.asarray(ndimage.gaussian_filter1d(drops, 0.035 * width, mode="nearest"))


def lowered_floor(
    anatomy: BoolArray, flatter: Mapping[str, float], lower: Mapping[str, float], still: float = 0.2
) -> FloatArray:
    """Lungs stretched (or shrunk) downward to a moved floor; what lies below is pushed out of the frame.

    Args:
        anatomy: (3, H, W) bool.
        flatter: see `floor_drop`.
        lower: see `floor_drop`.
        still: the upper part of the lungs' height that does not move.
    """
    _, high, width = anatomy.shape
    drops = floor_drop(anatomy, flatter, lower)
    lungs = anatomy[0] | anatomy[1]
    rows = np.nonzero(lungs.any(axis=1))[0]
    top, base = float(rows.min()), float(rows.max())
    floors = np.full(width, base)
    for name, direction in LATERAL.items():
        lung = anatomy[ANATOMY_NAMES.index(name)]
        if lung.any():
            floor, medial, _ = lung_floor(lung, direction)
            side = (np.arange(width) - medial) * direction >= 0
            floors[side] = floor[side]
    floors = ndimage.gaussian_filter1d(floors, 0.04 * width, mode="nearest")
    sources = np.empty((2, high, width), dtype=np.float32)
    sources[1] = np.arange(width)[None]
    steps = np.linspace(0, 1, 9)
    for column in range(width):
        start, low, drop = top + still * (base - top), float(floors[column]), float(drops[column])
        still_below = max(low + 0.3 * high, 1.05 * high) if drop < 0 else 2.0 * high
        begins = np.concatenate([[0.0], start + steps * (low - start), [low + 0.15 * high, still_below]])
        shifts = np.concatenate([[0.0], drop * _eased(steps), [0.8 * drop if drop > 0 else 0.4 * drop, 0.0]])
        ends = np.maximum.accumulate(begins + shifts)
        sources[0, :, column] = np.interp(np.arange(high), ends, begins)
    return sources


def narrowed_heart(anatomy: BoolArray, narrower: float, wider: float) -> FloatArray:
    """A heart made narrower about its own axis, and a chest made wider, row by row.

    Args:
        anatomy: (3, H, W) bool; without a heart nothing moves.
        narrower: the part of the heart's width that is lost; below 0 it gets wider.
        wider: how far the chest wall moves outward, as a part of half the chest's width.
    """
    _, high, width = anatomy.shape
    sources = np.indices((high, width)).astype(np.float32)
    heart, lungs = anatomy[2], anatomy[0] | anatomy[1]
    if not (heart & lungs.any(axis=1)[:, None]).any():
        return sources
    rows = np.nonzero(lungs.any(axis=1))[0]
    top, base = int(rows.min()), int(rows.max())
    chest = _row_borders(lungs, top, base)
    inner = _row_borders(heart, top, base)
    axis = float(np.nonzero(heart)[1].mean())
    down = (np.arange(high) - top) / max(base - top, 1)
    squeeze = narrower * _eased((down - 0.25) / 0.35)
    spread = wider * _eased(down / 0.3)
    half = (chest[1] - chest[0]) / 2
    for row in range(high):
        left, right = inner[0][row], inner[1][row]
        begins = np.array([0, chest[0][row], min(left, axis - 1), axis, max(right, axis + 1), chest[1][row], width - 1])
        out = spread[row] * half[row]
        shift = np.array([0, -out, squeeze[row] * (axis - left), 0, -squeeze[row] * (right - axis), out, 0])
        order = np.maximum.accumulate(begins)
        ends = np.maximum.accumulate(order + shift)
        sources[1, row] = np.interp(np.arange(width), ends, order)
    straight = np.arange(width, dtype=np.float32)[None]
    sources[1] = ndimage.gaussian_filter(sources[1] - straight, 0.012 * width) + straight
    return sources


def _row_borders(region: BoolArray, top: int, base: int) -> tuple[Curve, Curve]:
    """First and last column of a region at every row, smoothed, continued beyond `top` and `base`."""
    columns = np.arange(region.shape[1])
    first = np.where(region, columns, region.shape[1]).min(axis=1).astype(float)
    last = np.where(region, columns, -1).max(axis=1).astype(float)
    filled = np.nonzero(region.any(axis=1))[0]
    filled = filled[(filled >= top) & (filled <= base)]
    every = np.arange(region.shape[0])
    sigma = 0.02 * region.shape[0]
    borders = [
        ndimage.gaussian_filter1d(np.interp(every, filled, edge[filled]), sigma, mode="nearest")
        for edge in (first, last)
    ]
    return borders[0], borders[1]


def followed_by(first: FloatArray, second: FloatArray) -> FloatArray:
    """The displacement that applies `first` and then `second`."""
    parts = [ndimage.map_coordinates(part, second, order=1, mode="nearest") for part in first]
    return np.asarray(parts, dtype=np.float32)
