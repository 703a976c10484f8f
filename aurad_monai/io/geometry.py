# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""How the raster of a file becomes the one that is shown: turned, mirrored, and stretched to square pixels.

In: what a header says of orientation and pixels. Out: a `Geometry`, which does the same to radiograph and marks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

FloatArray = npt.NDArray[np.float32]

SQUARE = 0.01
"""Relative difference of height and width up to which a pixel counts as square."""
MAX_ASPECT = 8.0
"""Pixels more elongated than this are no radiograph's."""
AXES = {"L": (0, 1), "R": (0, -1), "F": (1, 1), "H": (1, -1)}
"""Letters of a direction: axis of the shown picture (0 across, 1 down) and its sign."""


@dataclass(frozen=True)
class Geometry:
    """From the stored raster to the shown one: the patient's right on the image's left, head up, pixels square.

    Args:
        transpose: exchange rows and columns, before anything else.
        mirror_x: then mirror from left to right.
        mirror_y: then mirror from top to bottom.
        aspect: height of a stored pixel by its width.
        spacing: mm from stored column to column and from row to row; None where not known.
    """

    transpose: bool = False
    mirror_x: bool = False
    mirror_y: bool = False
    aspect: float = 1.0
    spacing: tuple[float, float] | None = None

    @property
    def as_stored(self) -> bool:
        """Whether nothing has to be done."""
        return not (self.transpose or self.mirror_x or self.mirror_y) and self._square

    @property
    def _square(self) -> bool:
        return abs(self.aspect - 1) <= SQUARE

    @property
    def mm(self) -> float | None:
        """Mm that a shown pixel spans; None where not known."""
        if self.spacing is None:
            return None
        return float(np.sqrt(np.prod(self.spacing))) if self._square else min(self.spacing)

    def shown(self, stored: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """(H, W) as shown; the type stays where pixels are square, else it is float32 within the range of `stored`."""
        turned = stored.T if self.transpose else stored
        turned = turned[:, ::-1] if self.mirror_x else turned
        turned = np.ascontiguousarray(turned[::-1] if self.mirror_y else turned)
        return turned if self._square else self._stretched(turned)

    def _stretched(self, turned: npt.NDArray[Any]) -> FloatArray:
        """The longer side of a pixel is divided, so that nothing is lost."""
        aspect = 1 / self.aspect if self.transpose else self.aspect
        height, width = turned.shape
        size = (width, round(height * aspect)) if aspect > 1 else (round(width / aspect), height)
        values = np.asarray(turned, dtype=np.float32)
        resized = Image.fromarray(values).resize(size, Image.Resampling.BICUBIC)
        return np.clip(np.asarray(resized, dtype=np.float32), values.min(), values.max())


def turn_of(across: str, down: str) -> dict[str, bool]:
    """The turns of a picture whose rows run to `across` and whose columns run to `down` (DICOM PS3.3 C.7.6.1.1.1).

    Args:
        across: L, R, H or F, in whatever case and with what follows it (as in "LF").
        down: likewise.

    Returns:
        Arguments of `Geometry`.

    Raises:
        ValueError: they are no directions of a frontal picture.
    """
    try:
        (axis, sign), (other, down_sign) = AXES[across.upper()[:1]], AXES[down.upper()[:1]]
    except KeyError as error:
        raise ValueError(f"no directions of a frontal picture: {across}, {down}") from error
    if axis == other:
        raise ValueError(f"rows and columns both run along one axis: {across}, {down}")
    if axis == 0:
        return {"transpose": False, "mirror_x": sign < 0, "mirror_y": down_sign < 0}
    return {"transpose": True, "mirror_x": down_sign < 0, "mirror_y": sign < 0}


def direction_letters(cosines: Sequence[float]) -> tuple[str, str]:
    """Letters of six direction cosines (DICOM ImageOrientationPatient): where rows and columns run to."""
    names = (("L", "R"), ("P", "A"), ("H", "F"))

    def letter(vector: Sequence[float]) -> str:
        axis = int(np.argmax(np.abs(vector)))
        return names[axis][vector[axis] < 0]

    return letter(cosines[:3]), letter(cosines[3:6])
