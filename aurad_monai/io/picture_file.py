# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Open a PNG or JPEG that a user names, or say in one line why it cannot be used.

In: a path. Out: what kind of file it is, and the pixels of a picture as it is shown.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from aurad_monai.errors import InputError
from aurad_monai.files import read_bounded
from aurad_monai.io.frame import LARGEST, SMALLEST
from aurad_monai.io.geometry import MAX_ASPECT

MAX_BYTES = 512 * 2**20
SCAN, MAX_SCANS = b"\xff\xda", 100
"""Start of a scan of a JPEG, and how many of them a picture may have; a progressive one has about ten."""
ORIENTATION = 0x0112
"""The EXIF tag that says how a picture is turned."""
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
            raise InputError(argument, path, "an existing file", "check the path", reason="no such file")
        size = file.stat().st_size
        with file.open("rb") as stream:
            head = stream.read(352)
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        step = "check its name and permissions"
        raise InputError(argument, path, "a file that can be read", step, reason="unreadable file") from error
    if not 0 < size <= MAX_BYTES:
        reason = "larger than 512 MB" if size else "empty file"
        raise InputError(argument, f"{path} of {size} bytes", f"1 to {MAX_BYTES} bytes", "check the file", reason)
    return _kind_of(head, file.name.lower())


def _kind_of(head: bytes, name: str) -> str:
    for start, kind in _HEADS.items():
        if head.startswith(start):
            return kind
    if head[128:132] == b"DICM" or _is_bare_dicom(head) or name.endswith((".dcm", ".dicom")):
        return "dicom"
    return "nifti" if name.endswith((".nii", ".nii.gz")) else "unknown"


def _is_bare_dicom(head: bytes) -> bool:
    """Whether a file begins with a data element of group 2 or 8, as DICOM files without a preamble do."""
    if len(head) < 12 or head[:2] not in (b"\x08\0", b"\x02\0", b"\0\x08"):
        return False
    explicit = head[4:6].isalpha() and head[4:6].isupper()
    length = int.from_bytes(head[4:8], "little")
    return head[3 if head[0] else 2] == 0 and (explicit or 0 < length <= 256)


def read_pixels(path: str | Path, argument: str, indices: bool = False) -> npt.NDArray[Any]:
    """The pixels of a PNG or JPEG as it is shown, turned as EXIF says: (H, W) numbers, or (H, W, 3) colors.

    Args:
        path: the file.
        argument: what error messages call it.
        indices: give the indices of a picture with a palette, as label maps need, and not its colors.

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
                return _pixels(ImageOps.exif_transpose(picture), path, argument, indices)
    except InputError:
        raise
    except Image.DecompressionBombError as error:
        raise InputError(argument, path, SIDES, "resize it", reason="too small or large") from error
    except Exception as error:  # PIL raises OSError, SyntaxError, ValueError, struct.error and more on broken files
        step = "the file is damaged: export it again"
        raise InputError(argument, path, "a complete PNG or JPEG", step, reason="damaged picture") from error


def pixel_aspect(path: str | Path) -> float:
    """Height of a pixel by its width where a PNG (pHYs) or JPEG (JFIF) says so, else 1; turned as EXIF says."""
    with Image.open(path, formats=("PNG", "JPEG")) as picture:
        across, down = (
            picture.info.get("dpi") or picture.info.get("aspect") or picture.info.get("jfif_density") or (1, 1)
        )
        turned = picture.getexif().get(ORIENTATION, 1) in (5, 6, 7, 8)
    aspect = float(across) / float(down) if across > 0 and down > 0 else 1.0
    if not 1 / MAX_ASPECT <= aspect <= MAX_ASPECT:
        return 1.0
    return 1 / aspect if turned else aspect


def _check_header(picture: Image.Image, path: str | Path, argument: str) -> None:
    """Refuse by size before a single pixel is decoded."""
    width, height = picture.size
    if min(width, height) < SMALLEST or max(width, height) > LARGEST:
        raise InputError(argument, f"{path} of {width} x {height}", SIDES, "resize it", "too small or large")
    if picture.format == "JPEG" and read_bounded(path, MAX_BYTES).count(SCAN) > MAX_SCANS:
        allowed = f"a JPEG of at most {MAX_SCANS} scans"
        raise InputError(argument, path, allowed, "export it again", reason="too many scans")
    if getattr(picture, "n_frames", 1) > 1:
        raise InputError(argument, path, "one picture a file", "export a single frame", reason="several frames")


def _pixels(picture: Image.Image, path: str | Path, argument: str, indices: bool) -> npt.NDArray[Any]:
    if picture.mode == "P" and not indices:
        picture = picture.convert("RGBA" if "transparency" in picture.info else "RGB")
    if picture.mode.startswith("I"):
        return np.asarray(picture, dtype=np.int32)
    if picture.mode in ("L", "P"):
        return np.asarray(picture)
    if picture.mode == "1":
        return np.asarray(picture).astype(np.uint8)
    if picture.mode in ("LA", "RGBA"):
        if picture.getextrema()[-1] != (255, 255):  # the last band is alpha
            step = "export it without an alpha channel"
            raise InputError(argument, path, "a picture without transparency", step, reason="transparent")
        return np.asarray(picture.convert(picture.mode[:-1]))
    if picture.mode == "RGB":
        return np.asarray(picture)
    value, step = f"{path} of mode {picture.mode}", "export it as a gray PNG"
    raise InputError(argument, value, "gray or RGB", step, reason=f"colors of mode {picture.mode}")
