# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""How a user's NIfTI file is opened, whatever it holds: its shape is checked before its array is read."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nibabel as nib
import numpy as np
import numpy.typing as npt

from aurad_monai.errors import InputError
from aurad_monai.io.frame import LARGEST, SMALLEST
from aurad_monai.io.picture_file import SIDES


def read_nifti_array(
    path: str | Path, argument: str, planes: tuple[int, ...], allowed: str, next_step: str
) -> npt.NDArray[np.float32]:
    """The array of a NIfTI file, (x, y) or (x, y, planes); its affine is not used.

    Args:
        path: the file.
        argument: what error messages call it.
        planes: sizes that a third axis may have.
        allowed: what to say is allowed where the shape is another.
        next_step: what to do then.

    Raises:
        InputError: the file cannot be read or has another shape.
    """
    try:
        with _quiet_nibabel():
            volume = nib.loadsave.load(path)
            shape = tuple(int(side) for side in volume.shape)  # type: ignore[attr-defined]
            if len(shape) not in (2, 3) or (len(shape) == 3 and shape[2] not in planes):
                raise InputError(argument, f"{path} of shape {shape}", allowed, next_step)
            if min(shape[:2]) < SMALLEST or max(shape[:2]) > LARGEST:
                raise InputError(argument, f"{path} of shape {shape}", SIDES, "resize it")
            return np.asarray(volume.dataobj, dtype=np.float32)  # type: ignore[attr-defined]
    except InputError:
        raise
    except Exception as error:  # nibabel, gzip and zlib each raise types of their own on broken files
        raise InputError(argument, path, "a complete NIfTI file", "write it again") from error


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
