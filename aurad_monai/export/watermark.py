# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""An invisible mark in the gray levels of a radiograph, for whoever meets the picture without its text chunks.

    aurad watermark FILE...

It is `dwtDctSvd` of invisible-watermark: 16 bytes, each bit several times over, in the largest singular values of 4 x 4
blocks of the picture at half its size. The library marks a colour, which gray pictures lack; here its blocks are those
of the gray levels themselves, and its own decoder reads them (`scales=[24, 0, 0]`).
"""

from __future__ import annotations

import binascii
import importlib
import sys
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image

from aurad_monai.errors import InputError
from aurad_monai.io.frame import LARGEST
from aurad_monai.io.picture_file import file_kind
from aurad_monai.safe_text import printable

TEXT_BYTES = 14
PAYLOAD_BYTES = TEXT_BYTES + 2
"""The text, filled up with zeros, and its CRC-16, by which pictures without a mark are told apart."""
STRENGTH = 24
"""Step in which singular values are rounded: about two gray levels; see docs/results/datasets.md."""
MIN_PIXELS = 256 * 256
FRAMES = (256, 512, 1024)
"""Edges of the pictures that the bundles make; a picture of another size may be one of them rescaled."""

Picture = npt.NDArray[np.uint8]


def check_watermark(text: str) -> None:
    """Make sure, before anything is sampled, that a text can be marked here.

    Raises:
        InputError: it is empty, too long or not printable, or invisible-watermark cannot be imported.
    """
    if not text.isprintable() or not 0 < len(text.encode()) <= TEXT_BYTES:
        raise InputError("watermark", text, f"1 to {TEXT_BYTES} bytes of printable text")
    _require_library(text)


def embed(picture: Picture, text: str) -> Picture:
    """Mark a picture.

    Args:
        picture: (H, W), at least 256 x 256 pixels.
        text: at most 14 bytes.

    Raises:
        InputError: the picture is too small, or see `check_watermark`.
    """
    check_watermark(text)
    if picture.size < MIN_PIXELS:
        raise InputError("watermark", text, "radiographs of at least 256 x 256 pixels", f"this one is {picture.shape}")
    import pywt
    from imwatermark.dwtDctSvd import EmbedDwtDctSvd

    bits = np.unpackbits(np.frombuffer(_payload(text), np.uint8)).tolist()
    rows, columns = (edge // 4 * 4 for edge in picture.shape)  # what the decoder looks at
    coarse, details = pywt.dwt2(picture[:rows, :columns].astype(np.float64), "haar")
    EmbedDwtDctSvd(bits, len(bits)).encode_frame(coarse, STRENGTH)
    marked = picture.copy()
    marked[:rows, :columns] = np.clip(np.round(pywt.idwt2((coarse, details), "haar")), 0, 255)
    return marked


def read(picture: Picture) -> str | None:
    """The text of a marked picture (H, W), also of one that was rescaled as a whole; None where there is none.

    Raises:
        InputError: invisible-watermark cannot be imported.
    """
    _require_library("to be read")
    sizes = [picture.shape[::-1], *((edge, edge) for edge in FRAMES)]
    for size in dict.fromkeys(sizes):
        resized = picture if size == sizes[0] else np.asarray(Image.fromarray(picture).resize(size))
        if resized.size >= MIN_PIXELS and (text := _decode(resized)) is not None:
            return text
    return None


def _require_library(text: str) -> None:
    try:
        importlib.import_module("imwatermark")
    except ImportError as error:  # also of OpenCV without a library of the system
        allowed = f"an installed invisible-watermark ({error})"
        raise InputError("watermark", text, allowed, 'pip install "aurad-monai[watermark]"') from error


def _payload(text: str) -> bytes:
    content = text.encode().ljust(TEXT_BYTES, b"\0")
    return content + binascii.crc_hqx(content, 0).to_bytes(2, "big")


def _decode(picture: Picture) -> str | None:
    from imwatermark import WatermarkDecoder

    decoder = WatermarkDecoder("bytes", 8 * PAYLOAD_BYTES)
    found = decoder.decode(np.repeat(picture[..., None], 3, axis=2), "dwtDctSvd", scales=[STRENGTH, 0, 0])
    text = bytes(found[:TEXT_BYTES]).rstrip(b"\0").decode(errors="replace")
    return text if text and _payload(text) == found else None


def report_watermarks(files: Sequence[str]) -> int:
    """Print the mark of each picture; the exit code is 1 where one has none, 2 where one cannot be read."""
    missing = 0
    try:
        for file in files:
            if file_kind(file, "file") not in ("png", "jpeg"):
                raise InputError("file", file, "a PNG or JPEG")
            with Image.open(file, formats=("PNG", "JPEG")) as picture:
                if max(picture.size) > LARGEST:  # before a pixel is decoded
                    raise InputError("file", f"{file} of {picture.size}", f"at most {LARGEST} pixels a side")
                text = read(np.asarray(picture.convert("L")))
            missing += text is None
            print(f"{printable(file)}: {'no watermark' if text is None else printable(text)}")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        print(f"error: {printable(' '.join(str(error).split()))}", file=sys.stderr)
        return 2
    return int(missing > 0)


if __name__ == "__main__":
    print("note: this command is now aurad watermark FILE..., and goes in the next version", file=sys.stderr)
    sys.exit(report_watermarks(sys.argv[1:]))
