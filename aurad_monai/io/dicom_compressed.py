# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Bound the compressed pixels of a DICOM file before they are decoded: they say their own size, whatever its tags say.

In: a data set. Out: nothing, or an error where decoding would give more than its Rows and Columns.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

import pydicom
from pydicom import uid
from pydicom.encaps import generate_frames

from aurad_monai.io.picture_file import MAX_SCANS, SCAN

CODESTREAM = b"\xff\x4f\xff\x51"
"""How a JPEG 2000 codestream begins: start, then size."""
FRAME_HEADERS = (*(0xC0 + n for n in range(16) if n not in (4, 8, 12)), 0xF7)
"""Markers of JPEG and JPEG-LS that state height and width."""
MOST_COLORS = 4
SILENT = 1024
"""Codes of RLE that stand for nothing, of which no encoder writes many."""


def check_compressed(dataset: pydicom.Dataset, syntax: uid.UID) -> None:
    """Make sure that compressed pixels are as large as the header says.

    Raises:
        ValueError: they are larger, or say no size.
    """
    rows, columns = int(dataset.Rows), int(dataset.Columns)
    frame = next(generate_frames(dataset.PixelData, number_of_frames=1))
    if syntax == uid.RLELossless:
        samples, bits = int(dataset.get("SamplesPerPixel", 1) or 1), int(dataset.BitsAllocated)
        _check_runs(frame, rows * columns, samples * bits // 8)
        return
    if frame.count(SCAN) > MAX_SCANS:
        raise ValueError(f"more than {MAX_SCANS} scans")
    sizes = list(_codestream(frame) if CODESTREAM in frame else _frames(frame))
    if not sizes or any(size[:2] != (rows, columns) or size[2] > MOST_COLORS for size in sizes):
        raise ValueError(f"compressed pixels of {sizes[:3]}, not {rows} x {columns}")


def _codestream(frame: bytes) -> Iterator[tuple[int, int, int]]:
    """Height, width and colors of the JPEG 2000 codestream."""
    right, below, left, above, *_, colors = struct.unpack_from(">8IH", frame, frame.find(CODESTREAM) + 8)
    yield below - above, right - left, colors


def _frames(frame: bytes) -> Iterator[tuple[int, int, int]]:
    """Height, width and colors of the frame headers of a JPEG, marker by marker up to its first scan."""
    at = frame.find(b"\xff\xd8") + 2
    while 2 <= at < len(frame) - 9 and frame[at] == 0xFF:
        marker = frame[at + 1]
        if marker == 0xDA:
            return
        if marker == 0xFF:  # fill
            at += 1
            continue
        if marker in FRAME_HEADERS:
            height, width, colors = struct.unpack_from(">HHB", frame, at + 5)
            yield height, width, colors
        at += 2 + struct.unpack_from(">H", frame, at + 2)[0]


def _check_runs(frame: bytes, pixels: int, segments: int) -> None:
    """Make sure that no segment of an RLE frame unfolds to more than a byte a pixel, and padding."""
    count, *offsets = struct.unpack_from("<16I", frame)
    if count != segments or not 0 < count <= 15:
        raise ValueError(f"{count} RLE segments, not {segments}")
    bounds = [*offsets[:count], len(frame)]
    if bounds[0] < 64 or sorted(bounds) != bounds:
        raise ValueError("RLE segments out of order")
    for start, end in zip(bounds, bounds[1:], strict=False):
        unfolded, silent, at = 0, 0, start
        while at < end - 1 and unfolded < pixels:
            code = frame[at]
            if code == 128:
                silent += 1
                if silent > SILENT:
                    raise ValueError("RLE codes that stand for nothing")
                at += 1
                continue
            unfolded += code + 1 if code < 128 else 257 - code
            at += code + 2 if code < 128 else 2
        if unfolded > pixels + 128 or end - at > 16:
            raise ValueError("an RLE segment larger than its image")
