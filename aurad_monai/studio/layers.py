# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Masks and pictures as the studio's page sends and gets them: packed bits and PNG files in base64.

In and out: masks (channels, H, W) uint8 0/1, pictures (1, H, W) float in [0, 1].
"""

from __future__ import annotations

import base64
import binascii
import io
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from aurad_monai.case import quantize
from aurad_monai.errors import InputError

Mask = npt.NDArray[np.uint8]


def packed(mask: Mask) -> str:
    """Bits of a mask, eight a byte, channel by channel and row by row."""
    return base64.b64encode(np.packbits(mask.astype(bool)).tobytes()).decode()


def unpacked(argument: str, text: Any, channels: int, size: int) -> Mask:
    """The mask (channels, size, size) of what `packed` gave.

    Raises:
        InputError: it is not text of that many bits.
    """
    count = channels * size * size
    allowed = f"packed bits of {channels} masks of {size} x {size}"
    try:
        raw = base64.b64decode(text, validate=True)
    except (TypeError, ValueError, binascii.Error) as error:
        raise InputError(argument, str(text)[:40], allowed, "reload the page") from error
    if len(raw) != (count + 7) // 8:
        raise InputError(argument, f"{len(raw)} bytes", allowed, "reload the page")
    return np.unpackbits(np.frombuffer(raw, np.uint8), count=count).reshape(channels, size, size)


def picture(image: npt.NDArray[np.float32]) -> str:
    """A radiograph as a PNG file in base64, the same gray levels as a run folder's."""
    stream = io.BytesIO()
    Image.fromarray(quantize(image)).save(stream, "PNG")
    return base64.b64encode(stream.getvalue()).decode()
