# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Schematic radiographs of other body parts: a hand, a pair of hips, a knee, a skull, drawn of bones in soft tissue.

Takes an edge and a random generator; gives pictures (1, H, W) in [0, 1], bones bright, to test what takes chests only.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy import ndimage

Picture = npt.NDArray[np.float32]
Field = npt.NDArray[np.float64]
Point = tuple[float, float]
TISSUE, BONE = 0.35, 0.4


class Film:
    """A picture that rods and disks are added to; coordinates are fractions of its edge, (row, column)."""

    def __init__(self, size: int, rng: np.random.Generator) -> None:
        self.rows, self.columns = (axis / size for axis in np.mgrid[:size, :size])
        self.tissue, self.bone = np.zeros((size, size)), np.zeros((size, size))
        self.size, self.rng = size, rng

    def near(self, start: Point, end: Point, radius: float) -> Field:
        """1 on the line between two points, falling to 0 at the radius, as a round thing absorbs."""
        along = np.subtract(end, start)
        offset = np.stack([self.rows - start[0], self.columns - start[1]])
        place = np.clip(np.tensordot(along, offset, 1) / max(float(along @ along), 1e-9), 0, 1)
        distance = np.hypot(*(offset - along[:, None, None] * place))
        return np.asarray(np.sqrt(np.clip(1 - (distance / radius) ** 2, 0, 1)))

    def rod(self, start: Point, end: Point, radius: float) -> None:
        """A long bone, brighter at its walls, in soft tissue of twice its width."""
        outer, marrow = self.near(start, end, radius), self.near(start, end, 0.6 * radius)
        self.bone = np.maximum(self.bone, outer - 0.4 * marrow)
        self.tissue = np.maximum(self.tissue, self.near(start, end, 2.2 * radius))

    def picture(self) -> Picture:
        """With noise, a little blur and the contrast of a film."""
        seen = TISSUE * self.tissue + BONE * self.bone
        seen = ndimage.gaussian_filter(seen, 0.004 * self.size) + self.rng.normal(0, 0.01, self.rows.shape)
        return np.asarray(np.clip(seen + 0.04, 0, 1), dtype=np.float32)[None]


def hand(size: int, rng: np.random.Generator) -> Picture:
    """Five fingers spread from a wrist."""
    film = Film(size, rng)
    wrist = (0.82 + rng.uniform(-0.03, 0.03), 0.5)
    for angle, length in zip((-52, -18, -3, 11, 26), (0.42, 0.6, 0.66, 0.62, 0.52), strict=True):
        turned = np.deg2rad(angle + rng.uniform(-3, 3))
        reach = [0.08, 0.42, 0.45, 0.68, 0.71, 0.86, 0.88, 1.0]
        points = [(wrist[0] - r * length * np.cos(turned), wrist[1] + r * length * np.sin(turned)) for r in reach]
        for start, end in zip(points[::2], points[1::2], strict=True):
            film.rod(start, end, 0.018)
    for _ in range(7):
        place = (wrist[0] + rng.uniform(-0.04, 0.03), 0.5 + rng.uniform(-0.08, 0.08))
        film.rod(place, (place[0] + 0.01, place[1] + 0.01), 0.022)
    film.rod((0.88, 0.45), (1.1, 0.44), 0.03)
    film.rod((0.88, 0.55), (1.1, 0.56), 0.03)
    return film.picture()


def hips(size: int, rng: np.random.Generator) -> Picture:
    """Two iliac wings, a sacrum and two femora in a wide body."""
    film = Film(size, rng)
    film.tissue = film.near((-0.2, 0.5), (1.2, 0.5), 0.62)
    film.bone = 0.9 * film.near((-0.1, 0.5), (0.35, 0.5), 0.07)
    for side in (-1, 1):
        column = 0.5 + side * rng.uniform(0.24, 0.27)
        film.bone = np.maximum(film.bone, 0.6 * film.near((0.2, column), (0.42, 0.5 + side * 0.2), 0.13))
        film.bone = np.maximum(film.bone, 0.7 * film.near((0.55, 0.5 + side * 0.06), (0.62, 0.5 + side * 0.2), 0.045))
        film.bone = np.maximum(film.bone, film.near((0.56, column), (0.57, column), 0.06))
        film.rod((0.57, column), (0.7, column + side * 0.1), 0.045)
        film.rod((0.7, column + side * 0.1), (1.1, column + side * 0.04), 0.05)
    return film.picture()


def knee(size: int, rng: np.random.Generator) -> Picture:
    """Thigh bone over shin bone."""
    film = Film(size, rng)
    column = 0.5 + rng.uniform(-0.05, 0.05)
    film.tissue = film.near((-0.2, column), (1.2, column), 0.26)
    film.rod((-0.1, column), (0.42, column), 0.075)
    film.rod((0.56, column), (1.1, column), 0.07)
    film.rod((0.45, column - 0.07), (0.45, column + 0.07), 0.07)
    film.rod((0.56, column - 0.08), (0.56, column + 0.08), 0.05)
    film.rod((0.62, column + 0.12), (1.1, column + 0.12), 0.03)
    return film.picture()


def skull(size: int, rng: np.random.Generator) -> Picture:
    """A bright ring, orbits and a jaw."""
    film = Film(size, rng)
    high = rng.uniform(0.33, 0.37)
    film.tissue = film.near((high, 0.5), (0.6, 0.5), 0.34)
    film.bone = film.near((high, 0.5), (0.55, 0.5), 0.31) - 0.6 * film.near((high, 0.5), (0.55, 0.5), 0.28)
    for side in (-1, 1):
        film.bone = film.bone - 0.25 * film.near((0.5, 0.5 + side * 0.11), (0.5, 0.5 + side * 0.12), 0.07)
        film.rod((0.6, 0.5 + side * 0.2), (0.8, 0.5 + side * 0.1), 0.03)
    film.rod((0.8, 0.4), (0.8, 0.6), 0.03)
    return film.picture()


BODY_PARTS: dict[str, Callable[[int, np.random.Generator], Picture]] = {
    "hand": hand,
    "hips": hips,
    "knee": knee,
    "skull": skull,
}
