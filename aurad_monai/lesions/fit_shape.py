# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Bring an outline drawn on one chest to where it belongs in another, so that a composed lesion is plausible.

A point is described by the lung it is nearest to: how far down between apex and base, and how far from the medial to
the lateral border at that height. The outlined radiographs carry no anatomy; their average lung (the region that more
than half of the lung-wide outlines of ChestX-Det, emphysema and diffuse nodules, cover) stands for it.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from aurad_monai import vocabulary
from aurad_monai.io.polygon import fill_polygons
from aurad_monai.lesions.chest_tissue import BoolArray, ChestTissue, distance_to
from aurad_monai.lesions.lesion_shapes import LesionShape

Points = npt.NDArray[np.float64]

SOURCE_MIDLINE = 0.505
SOURCE_TOP, SOURCE_BASE = 0.15, 0.775
SOURCE_DEPTHS = np.linspace(0, 1, 11)
# distances from the midline, from apex to base, as parts of the frame's width
SOURCE_MEDIAL = np.array([0.105, 0.075, 0.07, 0.07, 0.07, 0.07, 0.075, 0.08, 0.085, 0.1, 0.13])
SOURCE_LATERAL = np.array([0.175, 0.245, 0.28, 0.305, 0.32, 0.33, 0.335, 0.34, 0.345, 0.345, 0.335])


class LungFrame:
    """Coordinates of one lung: depth 0 (apex) to 1 (base), and 0 (medial) to 1 (lateral) at each depth.

    Args:
        lung: (H, W) bool.
        lateral_sign: +1 where lateral is to the right of the image (left lung), -1 for the right lung.
    """

    def __init__(self, lung: BoolArray, lateral_sign: int) -> None:
        self.lung = lung
        self.sign = lateral_sign
        rows = np.nonzero(lung.any(axis=1))[0]
        self.top, self.base = float(rows.min()), float(rows.max() + 1)

    @property
    def height(self) -> float:
        """Pixels from apex to base."""
        return self.base - self.top

    @cached_property
    def _borders(self) -> tuple[Points, Points]:
        """Medial and lateral column of every row from top to base, smoothed along the rows."""
        rows = self.lung[int(self.top) : int(self.base)]
        columns = np.arange(rows.shape[1])
        first = np.where(rows, columns, rows.shape[1]).min(axis=1).astype(float)
        last = np.where(rows, columns, -1).max(axis=1).astype(float)
        filled = np.nonzero(last >= 0)[0]
        first, last = (np.interp(np.arange(len(rows)), filled, edge[filled]) for edge in (first, last))
        first, last = (ndimage.gaussian_filter1d(edge, 0.03 * len(rows), mode="nearest") for edge in (first, last))
        return (first, last) if self.sign > 0 else (last, first)

    def point(self, depth: Points, across: Points) -> Points:
        """Pixel coordinates (points, 2) of lung coordinates."""
        medial, lateral = self._borders
        at = np.clip(depth, 0.04, 0.96) * (len(medial) - 1)
        near, far = (np.interp(at, np.arange(len(medial)), edge) for edge in (medial, lateral))
        return np.stack([near + across * (far - near), self.top + depth * self.height], axis=-1)


def lung_coordinates(points: Points, lateral_sign: int) -> tuple[Points, Points]:
    """Depth and across of points (points, 2) in 0..1 of the frame, in the average lung of the outlined radiographs."""
    depth = (points[:, 1] - SOURCE_TOP) / (SOURCE_BASE - SOURCE_TOP)
    inside = np.clip(depth, 0.04, 0.96)
    near = np.interp(inside, SOURCE_DEPTHS, SOURCE_MEDIAL)
    far = np.interp(inside, SOURCE_DEPTHS, SOURCE_LATERAL)
    return depth, (lateral_sign * (points[:, 0] - SOURCE_MIDLINE) - near) / (far - near)


def plausible_region(finding: str, tissue: ChestTissue) -> BoolArray:
    """Where a finding may lie: the lungs, the heart too for what lies anywhere, and a margin of the finding's reach."""
    term = vocabulary.finding(finding)
    region = tissue.lungs | tissue.heart if term.compartment == "any" else tissue.lungs
    reach = term.reach * tissue.unit
    if not reach:
        return region
    return distance_to(region) <= reach


def _is_round(finding: str) -> bool:
    """Whether it is a lesion of the lung that keeps its form, as nodule and mass are."""
    term = vocabulary.finding(finding)
    return term.rigid and term.lung_bound


def _fit_outline(shape: LesionShape, frame: LungFrame, outline: Points) -> Points:
    center = (outline.min(axis=0) + outline.max(axis=0))[None] / 2
    if not vocabulary.finding(shape.finding).rigid:
        return frame.point(*lung_coordinates(outline, frame.sign))
    depth, across = lung_coordinates(center, frame.sign)
    if _is_round(shape.finding):
        depth, across = np.clip(depth, 0.08, 0.92), np.clip(across, 0.1, 0.9)
    scale = frame.height / (SOURCE_BASE - SOURCE_TOP)
    return np.asarray(frame.point(depth, across) + (outline - center) * scale)


def _moved_inside(outline: Points, allowed: BoolArray, lung: BoolArray) -> BoolArray:
    """A round lesion that would be cut by the border of the lung, moved toward its middle until it is whole."""
    middle = np.array([np.median(axis) for axis in np.nonzero(lung)[::-1]])
    center = (outline.min(axis=0) + outline.max(axis=0)) / 2
    for part in (0.0, 0.1, 0.2, 0.3, 0.45):
        asked = fill_polygons([outline + part * (middle - center)], allowed.shape)
        if (asked & allowed).sum() >= 0.95 * asked.sum():
            break
    return asked


def fit_shape(
    shape: LesionShape,
    tissue: ChestTissue,
    *,
    mirror: bool = False,
    scale: float = 1.0,
    shift: tuple[float, float] = (0.0, 0.0),
) -> BoolArray:
    """The region of the target chest that a shape covers, clipped to where its finding may lie.

    Args:
        shape: outline in 0..1 of the frame it was drawn in.
        tissue: the target chest; the shape's lung must exist in it, else the result is empty.
        mirror: put a left-sided shape into the right lung and the other way round.
        scale: size relative to the outline, about its center.
        shift: displacement in parts of the frame, x and y.

    Returns:
        (H, W) bool; at least as large as the half of what was asked, or empty.
    """
    center = np.asarray(shape.center)
    outline = (shape.outline - center) * scale + center + np.asarray(shift)
    if mirror:
        outline = np.stack([2 * SOURCE_MIDLINE - outline[:, 0], outline[:, 1]], axis=-1)
    left = (outline[:, 0].min() + outline[:, 0].max()) / 2 > SOURCE_MIDLINE
    lung = tissue.structure("left_lung" if left else "right_lung")
    if not lung.any():
        return np.zeros(tissue.shape, dtype=bool)
    fitted = _fit_outline(shape, LungFrame(lung, 1 if left else -1), outline)
    allowed = plausible_region(shape.finding, tissue)
    asked = fill_polygons([fitted], tissue.shape)
    if _is_round(shape.finding):
        asked = _moved_inside(fitted, allowed, lung)
    region = asked & allowed
    return region if region.sum() >= 0.4 * asked.sum() else np.zeros(tissue.shape, dtype=bool)
