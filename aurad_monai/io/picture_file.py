# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Open a PNG or JPEG that a user names, or say in one line why it cannot be used."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from aurad_monai.errors import InputError
from aurad_monai.io.frame import LARGEST, SMALLEST

MAX_BYTES = 512 * 2**20
SIDES = f"width and height from {SMALLEST} to {LARGEST} pixels"
_HEADS = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpeg"}


def file_kind(path: str | Path, argument: str) -> str:
    """What a file is by its first bytes, whatever it is called.

    Returns:
        "png", "jpeg", "dicom", "nifti" or "unknown".

    Raises:
        InputError: there is no such file, it cannot be read, it is empty or larger than 512 MB.
    """
    file = Path(path)
    try:
        if not file.is_file():
            raise InputError(argument, path, "an existing file", "check the path")
        size = file.stat().st_size
        with file.open("rb") as stream:
            head = stream.read(352)
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(argument, path, "a file that can be read", "check its name and permissions") from error
    if not 0 < size <= MAX_BYTES:
        raise InputError(argument, f"{path} of {size} bytes", f"1 to {MAX_BYTES} bytes", "check the file")
    return _kind_of(head, file.name.lower())


def _kind_of(head: bytes, name: str) -> str:
    for start, kind in _HEADS.items():
        if head.startswith(start):
            return kind
    if head[128:132] == b"DICM" or name.endswith((".dcm", ".dicom")):
        return "dicom"
    return "nifti" if name.endswith((".nii", ".nii.gz")) else "unknown"


def read_pixels(path: str | Path, argument: str) -> npt.NDArray[Any]:
    """The pixels of a PNG or JPEG as they are stored: (H, W) numbers or palette indices, or (H, W, 3) colors.

    Returns:
        uint8, or int32 for 16-bit gray.

    Raises:
        InputError: it cannot be decoded, is truncated, animated, transparent, too small or too large.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # PIL warns of large pictures before we can refuse them in one line
            with Image.open(path, formats=("PNG", "JPEG")) as picture:
                _check_header(picture, path, argument)
                picture.load()
                return _pixels(picture, path, argument)
    except InputError:
        raise
    except Image.DecompressionBombError as error:
        raise InputError(argument, path, SIDES, "resize it") from error
    except Exception as error:  # PIL raises OSError, SyntaxError, ValueError, struct.error and more on broken files
        raise InputError(argument, path, "a complete PNG or JPEG", "the file is damaged: export it again") from error


def _check_header(picture: Image.Image, path: str | Path, argument: str) -> None:
    """Refuse by size before a single pixel is decoded."""
    width, height = picture.size
    if min(width, height) < SMALLEST or max(width, height) > LARGEST:
        raise InputError(argument, f"{path} of {width} x {height}", SIDES, "resize it")
    if getattr(picture, "n_frames", 1) > 1:
        raise InputError(argument, path, "one picture a file", "export a single frame")


def _pixels(picture: Image.Image, path: str | Path, argument: str) -> npt.NDArray[Any]:
    if picture.mode.startswith("I"):
        return np.asarray(picture, dtype=np.int32)
    if picture.mode in ("L", "P"):
        return np.asarray(picture)
    if picture.mode == "1":
        return np.asarray(picture).astype(np.uint8)
    if picture.mode in ("LA", "RGBA"):
        if picture.getextrema()[-1] != (255, 255):  # the last band is alpha
            raise InputError(argument, path, "a picture without transparency", "export it without an alpha channel")
        return np.asarray(picture.convert(picture.mode[:-1]))
    if picture.mode == "RGB":
        return np.asarray(picture)
    raise InputError(argument, f"{path} of mode {picture.mode}", "gray or RGB", "export it as a gray PNG")
