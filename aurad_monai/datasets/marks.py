# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Where people said a finding is: a box, a polygon or a run-length code becomes a mask in the frame of the case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from aurad_monai.errors import InputError
from aurad_monai.io.frame import to_frame
from aurad_monai.io.polygon import fill_polygons

Shape = tuple[int, int]
BoolArray = npt.NDArray[np.bool_]


class Mark(Protocol):
    """One mark of one structure.

    Attributes:
        name: a finding, or a structure of the anatomy.
        boxed: whether it only says that the finding is somewhere within.
    """

    @property
    def name(self) -> str: ...

    @property
    def boxed(self) -> bool: ...

    def draw(self, picture: Shape, size: int) -> BoolArray:
        """The mark as (size, size) in the frame of a picture of (height, width)."""
        ...


@dataclass(frozen=True)
class Outline:
    """A polygon, or a box.

    Args:
        name: what it marks.
        points: x and y in pixels of the picture that was marked.
        extent: width and height of that picture; None where it is the picture itself.
        boxed: see `Mark`.
    """

    name: str
    points: tuple[tuple[float, float], ...]
    extent: tuple[float, float] | None = None
    boxed: bool = False

    def draw(self, picture: Shape, size: int) -> BoolArray:
        """See `Mark.draw`."""
        height, width = picture
        across, down = self.extent or (width, height)
        side = max(height, width)
        left, top = (side - width) // 2, (side - height) // 2
        places = [
            ((x / across * width + left) * size / side, (y / down * height + top) * size / side) for x, y in self.points
        ]
        return fill_polygons([places], (size, size))


def box(name: str, x0: float, y0: float, x1: float, y1: float, extent: tuple[float, float] | None = None) -> Outline:
    """A radiologist's box; `extent` as in `Outline`."""
    return Outline(name, ((x0, y0), (x1, y0), (x1, y1), (x0, y1)), extent, boxed=True)


@dataclass(frozen=True)
class Runs:
    """A run-length code, pairs of start and length.

    Args:
        name: what it marks.
        text: numbers separated by spaces.
        shape: height and width of the picture it was made of.
        by_column: whether pixels are counted down the columns (SIIM-ACR) or along the rows (CheXmask).
        relative: whether a start counts from the end of the run before (SIIM-ACR) or is absolute and begins with 1.
    """

    name: str
    text: str
    shape: Shape
    by_column: bool = False
    relative: bool = False
    boxed: bool = False

    def draw(self, picture: Shape, size: int) -> BoolArray:
        """See `Mark.draw`.

        Raises:
            InputError: the code does not fit the shape.
        """
        return np.asarray(to_frame(self.decode(), size) >= 0.5)

    def decode(self) -> npt.NDArray[np.uint8]:
        """(height, width) uint8 0/1; InputError where the code does not fit."""
        height, width = self.shape
        try:
            numbers = np.array(self.text.split(), dtype=np.int64)
            starts, lengths = numbers[::2], numbers[1::2]
            starts = np.cumsum(starts) + np.cumsum(lengths) - lengths if self.relative else starts - 1
            if len(starts) != len(lengths) or (starts < 0).any() or (lengths < 0).any():
                raise ValueError("pairs of start and length")
            if len(starts) and (starts + lengths).max() > height * width:
                raise ValueError("runs within the picture")
        except (ValueError, OverflowError) as error:
            allowed = f"a run-length code of a picture of {width} x {height}"
            raise InputError(f"outline of {self.name}", self.text[:40], allowed, "check the annotation file") from error
        flat = np.zeros(height * width, dtype=np.uint8)
        for start, length in zip(starts, lengths, strict=True):
            flat[start : start + length] = 1
        return flat.reshape(width, height).T if self.by_column else flat.reshape(height, width)
