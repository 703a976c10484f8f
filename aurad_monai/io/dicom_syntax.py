# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Decode the pixels of a DICOM file, whatever its transfer syntax, or say which package would.

In: a data set. Out: its stored values as an array. What is read how is in docs/reference/files.md.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pydicom
from pydicom import uid
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.utils import pixel_array

from aurad_monai.errors import InputError
from aurad_monai.io.dicom_compressed import check_compressed

EXTRA = 'pip install "aurad-monai[dicom]"'
BY_EXTRA = (
    uid.JPEGBaseline8Bit,
    uid.JPEGExtended12Bit,
    uid.JPEGLossless,
    uid.JPEGLosslessSV1,
    uid.JPEGLSLossless,
    uid.JPEGLSNearLossless,
    uid.JPEG2000Lossless,
    uid.JPEG2000,
)
"""What GDCM of the extra `dicom` decodes."""
ARRAY_TYPES = {8: np.uint8, 16: np.uint16}


def decode(dataset: pydicom.Dataset, path: str | Path, argument: str) -> npt.NDArray[Any]:
    """The stored values of a data set: (rows, columns) whole numbers, or (rows, columns, 3) of RGB.

    Bits outside of BitsStored are cut off, wherever HighBit puts those.

    Raises:
        InputError: no installed package decodes its transfer syntax.
        Exception: of many types, where the data is damaged.
    """
    syntax = uid.UID(str(dataset.file_meta.TransferSyntaxUID))
    if syntax.is_transfer_syntax and syntax.is_encapsulated and not _lacks_decoder(syntax):
        check_compressed(dataset, syntax)
    shift = _shift(dataset, syntax)
    try:
        return np.asarray(pixel_array(dataset) >> shift if shift else pixel_array(dataset))
    except Exception:
        if syntax == uid.JPEGExtended12Bit and has_gdcm():  # which pydicom does not let it decode
            return _by_gdcm(path, int(dataset.Rows), int(dataset.Columns))
        if _lacks_decoder(syntax):
            step = EXTRA if syntax in BY_EXTRA else "convert it, for example with gdcmconv --raw"
            value = f"{path} in {syntax.name} ({syntax})"
            raise InputError(argument, value, "an installed decoder", step, f"{syntax.name} without decoder") from None
        raise


def has_gdcm() -> bool:
    """Whether GDCM of the extra `dicom` is installed."""
    return importlib.util.find_spec("gdcm") is not None


def _shift(dataset: pydicom.Dataset, syntax: uid.UID) -> int:
    """Bits below those stored; BitsStored is widened to HighBit, so that pydicom cuts off only what is above."""
    if not syntax.is_transfer_syntax or (syntax.is_encapsulated and syntax != uid.RLELossless):
        return 0
    top = int(dataset.get("HighBit", dataset.BitsStored - 1)) + 1
    shift = top - int(dataset.BitsStored)
    if shift <= 0 or top > int(dataset.BitsAllocated):
        return 0
    dataset.BitsStored = top
    return shift


def _lacks_decoder(syntax: uid.UID) -> bool:
    """Whether nothing that is installed decodes it; the only decoder of 12-bit JPEG Extended here is GDCM."""
    if not syntax.is_transfer_syntax or not syntax.is_encapsulated:
        return not syntax.is_transfer_syntax
    if syntax == uid.JPEGExtended12Bit:
        return not has_gdcm()
    try:
        return not get_decoder(syntax).is_available
    except NotImplementedError:
        return True


def _by_gdcm(path: str | Path, rows: int, columns: int) -> npt.NDArray[Any]:
    import gdcm  # type: ignore[import-untyped, unused-ignore]

    reader = gdcm.ImageReader()
    reader.SetFileName(str(path))
    with _quiet():
        read = reader.Read()
        image = reader.GetImage()
        content = image.GetBuffer().encode("utf-8", "surrogateescape") if read else b""
    stored = np.frombuffer(content, ARRAY_TYPES[image.GetPixelFormat().GetBitsAllocated()])
    return stored.reshape(rows, columns)


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what GDCM's codecs print while it looks for the one that fits."""
    sys.stderr.flush()
    kept = os.dup(2)
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
