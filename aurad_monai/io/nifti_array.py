# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""NIfTI in both directions: how a file of a user is opened, whatever it holds, and the header that ours have.

In: a path, or arrays (x, y, ...) to write. Out: arrays whose x is the image column and whose y is the row from the top.
A file whose header says that its plane is coronal is turned by its affine; another header (an identity, as programs
write that know nothing of the plane) says nothing of a radiograph, and columns and rows are taken as they are.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import numpy.typing as npt

from aurad_monai.errors import InputError
from aurad_monai.files import whole_file
from aurad_monai.io.frame import LARGEST, SMALLEST
from aurad_monai.io.picture_file import SIDES

MAX_NUMBERS = 2**26
"""Of one file: an 8192 x 8192 radiograph, or thirteen masks of 2048 x 2048; half a GB as float64."""
UPRIGHT = ("L", "I", "P")
"""Where x, y and the third axis of our files run to: the patient's left, the feet, the back."""


def save_nifti(path: Path, values: npt.NDArray[Any], spacing: float | None = None) -> None:
    """Write (x, y, 1) or (x, y, 1, channel), whole or not at all.

    Args:
        path: .nii or .nii.gz.
        values: x from the patient's right to the left, y from head to feet.
        spacing: mm a pixel; None writes 1 of an unknown unit.
    """
    mm = spacing or 1.0
    affine = np.array([[-mm, 0, 0, 0], [0, 0, -mm, 0], [0, -mm, 0, 0], [0, 0, 0, 1]])
    volume = nib.nifti1.Nifti1Image(np.ascontiguousarray(values), affine)
    volume.set_sform(affine, code=1)
    volume.set_qform(affine, code=1)
    volume.header.set_xyzt_units("mm" if spacing else "unknown")
    with whole_file(path) as partial:
        nib.loadsave.save(volume, partial)


def load_planes(path: str | Path) -> npt.NDArray[Any]:
    """The planes of a NIfTI file, (x, y, planes) of its own number type; exceptions of many types where it is broken.

    Read are (x, y), (x, y, planes), (x, y, 1, planes) and the like, with axes in any order where the header says which.
    """
    with _quiet_nibabel():
        volume: Any = nib.loadsave.load(path)
        return _planes(volume)[0]


def read_nifti_array(
    path: str | Path, argument: str, planes: tuple[int, ...], allowed: str, next_step: str
) -> tuple[npt.NDArray[np.float32], tuple[float, float] | None]:
    """The planes of a user's NIfTI file, its shape checked before its array is read.

    Args:
        path: the file.
        argument: what error messages call it.
        planes: how many planes it may have.
        allowed: what to say is allowed where the shape is another.
        next_step: what to do then.

    Returns:
        (x, y, planes), and mm a column and a row where its header says that the plane is coronal.

    Raises:
        InputError: the file cannot be read or has another shape.
    """
    try:
        with _quiet_nibabel():
            volume: Any = nib.loadsave.load(path)
            shape = tuple(int(side) for side in volume.shape)
            sides = sorted(side for side in shape if side != 1)
            if len(shape) < 2 or len(sides) > 3 or (sides[:-2] or [1])[0] not in planes:
                raise InputError(argument, f"{path} of shape {shape}", allowed, next_step, reason="another shape")
            if len(sides) < 2 or sides[-2] < SMALLEST or sides[-1] > LARGEST:
                raise InputError(argument, f"{path} of shape {shape}", SIDES, "resize it", "too small or large")
            values, spacing = _planes(volume)
            if values.shape[-1] not in planes or min(values.shape[:2]) < SMALLEST:
                raise InputError(argument, f"{path} of shape {shape}", allowed, next_step, reason="another shape")
            return np.asarray(values, dtype=np.float32), spacing
    except InputError:
        raise
    except Exception as error:  # nibabel, gzip and zlib each raise types of their own on broken files
        step = "write it again"
        raise InputError(argument, path, "a complete NIfTI file", step, reason="damaged NIfTI") from error


def _planes(volume: Any) -> tuple[npt.NDArray[Any], tuple[float, float] | None]:
    """(x, y, planes), and mm a column and a row where the plane is coronal and the unit is known."""
    shape, spacing = volume.shape, None
    if math.prod(map(int, shape)) > MAX_NUMBERS:  # the header says so before a number is read
        allowed = f"at most {MAX_NUMBERS} numbers"
        raise InputError("nifti", f"shape {tuple(shape)}", allowed, "resize it", "too large")
    if len(shape) > 2 and _is_coronal(volume):
        volume = volume.as_reoriented(_to_upright(volume.affine))
        zooms = [float(zoom) for zoom in volume.header.get_zooms()[:2]]
        known = volume.header.get_xyzt_units()[0] != "unknown"
        spacing = (zooms[0], zooms[1]) if known and min(zooms) > 0 else None
    values = np.asarray(volume.dataobj)
    across, down, *rest = values.shape
    return values.reshape(across, down, int(np.prod(rest, dtype=int))), spacing


def _is_coronal(volume: Any) -> bool:
    """Whether the axis of which there is one plane runs from front to back, or back to front."""
    axes = nib.orientations.aff2axcodes(volume.affine)
    return any(code in ("A", "P") and side == 1 for code, side in zip(axes, volume.shape[:3], strict=True))


def _to_upright(affine: npt.NDArray[Any]) -> npt.NDArray[Any]:
    now = nib.orientations.io_orientation(affine)
    return np.asarray(nib.orientations.ornt_transform(now, nib.orientations.axcodes2ornt(UPRIGHT)))


@contextmanager
def _quiet_nibabel() -> Iterator[None]:
    """Nibabel prints what it mends in a broken header; the user gets one line, ours."""
    logger = logging.getLogger("nibabel.global")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(level)
