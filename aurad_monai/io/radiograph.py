# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A real radiograph enters the way of a case: PNG, JPEG or DICOM becomes gray values, upright, of square pixels.

In: a path. Out: a `Radiograph`, or its picture in the square frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from aurad_monai.errors import InputError
from aurad_monai.io.dicom_file import read_dicom
from aurad_monai.io.dicom_tags import Tags
from aurad_monai.io.frame import LARGEST, frame_mask, to_frame
from aurad_monai.io.geometry import Geometry
from aurad_monai.io.gray import check_shown, one_channel, unit_range
from aurad_monai.io.picture_file import SIDES, file_kind, pixel_aspect, read_pixels

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Radiograph:
    """A radiograph as a viewer shows it.

    Args:
        pixels: (H, W) float32 in [0, 1], bones bright, the patient's right on the left, pixels square.
        tags: what a DICOM file says of it; of pictures, nothing.
        geometry: from the raster of the file to that of `pixels`.
        stored: height and width of the raster of the file, in which marks are given.
    """

    pixels: FloatArray
    tags: Tags
    geometry: Geometry
    stored: tuple[int, int]

    @property
    def spacing(self) -> float | None:
        """Mm that a pixel spans; None where not known."""
        return self.geometry.mm

    def framed(self, size: int) -> FloatArray:
        """(1, size, size) in [0, 1], padded with black to a square and resized."""
        return frame_picture(self.pixels, size)

    def framed_spacing(self, size: int) -> float | None:
        """Mm that a pixel of `framed` spans; None where not known."""
        return None if self.spacing is None else float(self.spacing * max(self.pixels.shape) / size)

    def framed_mask(self, stored: npt.NDArray[Any], size: int) -> npt.NDArray[np.bool_]:
        """A mask (H, W) of 0 and 1 in the raster of the file, as (size, size) in the frame."""
        return frame_mask(self.geometry.shown(stored.astype(np.float32)) >= 0.5, size).astype(bool)


def open_radiograph(path: str | Path, argument: str = "radiograph") -> Radiograph:
    """Read a frontal chest radiograph, whatever the file is called.

    Pictures: EXIF orientation and palettes are followed; 8-bit files are divided by 255, files of 16 bits by the
    largest value of the fewest bits (8 to 16) that hold their brightest pixel. DICOM: modality transform, then VOI LUT
    or window or the range of the former's output; MONOCHROME1 is inverted; PatientOrientation is followed. Pixels that
    are not square are resampled.

    Args:
        path: PNG, JPEG or DICOM (CR or DX, one frame, frontal view).
        argument: what error messages call the file.

    Raises:
        InputError: the file is missing, empty, damaged, too large or small, colored, a negative, lateral, of another
            modality, or shows nothing.
    """
    kind = file_kind(path, argument)
    if kind == "dicom":
        stored, geometry, tags = read_dicom(path, argument)
    elif kind in ("png", "jpeg"):
        stored = unit_range(one_channel(read_pixels(path, argument), path, argument))
        geometry, tags = Geometry(aspect=pixel_aspect(path)), Tags()
    else:
        allowed = "PNG, JPEG or DICOM (by content)"
        raise InputError(argument, path, allowed, "convert the file", reason="no PNG, JPEG or DICOM")
    pixels = np.asarray(geometry.shown(stored), dtype=np.float32)
    if max(pixels.shape) > LARGEST:
        raise InputError(argument, f"{path} with square pixels", SIDES, "resize it", reason="too small or large")
    check_shown(pixels, path, argument)
    return Radiograph(pixels, tags, geometry, (stored.shape[0], stored.shape[1]))


def read_radiograph(path: str | Path, size: int = 256, argument: str = "radiograph") -> FloatArray:
    """The picture of `open_radiograph` in the square frame.

    Args:
        path: PNG, JPEG or DICOM.
        size: side of the image to be.
        argument: what error messages call the file.

    Returns:
        (1, size, size) float32 in [0, 1], bones bright, the patient's right on the image's left.

    Raises:
        InputError: as `open_radiograph`.
    """
    return open_radiograph(path, argument).framed(size)


def frame_picture(picture: FloatArray, size: int) -> FloatArray:
    """A picture (H, W) as (1, size, size) in [0, 1], padded to a square and resized."""
    return np.clip(to_frame(picture, size), 0.0, 1.0)[None]
