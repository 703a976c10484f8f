# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Gray values of a DICOM radiograph: modality transform, then VOI LUT or window, then its photometric interpretation.

In: stored values and their data set. Out: (H, W) in [0, 1] as a viewer shows them (DICOM PS3.4 N.2).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pydicom

from aurad_monai.io.gray import fewest_bits

FloatArray = npt.NDArray[np.float32]
DoubleArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[Any]


def as_shown(stored: IntArray, dataset: pydicom.Dataset) -> FloatArray:
    """Stored values (H, W) of MONOCHROME1 or 2 as (H, W) in [0, 1], bones bright, padding black."""
    padding = _padding(stored, dataset)
    shown = np.clip(_windowed(stored, dataset, stored[~padding]), 0.0, 1.0)
    if dataset.PhotometricInterpretation == "MONOCHROME1":
        shown = 1.0 - shown
    return np.asarray(np.where(padding, 0.0, shown), dtype=np.float32)


def _padding(stored: IntArray, dataset: pydicom.Dataset) -> npt.NDArray[np.bool_]:
    """Pixels of PixelPaddingValue, or from it to PixelPaddingRangeLimit."""
    value = dataset.get("PixelPaddingValue", None)
    if value is None:
        return np.zeros(stored.shape, dtype=bool)
    limit = dataset.get("PixelPaddingRangeLimit", None)
    low, high = sorted((int(value), int(value if limit is None else limit)))
    return np.asarray((stored >= low) & (stored <= high))


def _windowed(stored: IntArray, dataset: pydicom.Dataset, used: IntArray) -> DoubleArray:
    """Modality values to [0, 1] by VOI LUT, else by window, else by their range."""
    values, low, high = _modality(stored, dataset, used)
    if dataset.get("VOILUTSequence", None):
        table = _table(dataset.VOILUTSequence[0], dataset)
        return _looked_up(values, *table) / (2.0 ** fewest_bits(int(table[1].max())) - 1.0)
    center, width = _first(dataset.get("WindowCenter", None)), _first(dataset.get("WindowWidth", None))
    if center is not None and width is not None and width > 0:  # a width of 0 is no window (PS3.3 C.11.2.1.2)
        return _apply_window(values, center, width, str(dataset.get("VOILUTFunction", "LINEAR") or "LINEAR"))
    return (values - low) / (high - low)


def _modality(stored: IntArray, dataset: pydicom.Dataset, used: IntArray) -> tuple[DoubleArray, float, float]:
    """Values after the Modality LUT or the rescale, and the lowest and highest that they may have.

    A slope below 0 exchanges dark and bright, and belongs to the values as much as any other.
    """
    if dataset.get("ModalityLUTSequence", None):
        first, table = _table(dataset.ModalityLUTSequence[0], dataset)
        return _looked_up(stored, first, table), 0.0, 2.0 ** fewest_bits(int(table.max())) - 1.0
    slope, intercept = (_first(dataset.get(name, None)) for name in ("RescaleSlope", "RescaleIntercept"))
    slope, intercept = (1.0 if slope is None else slope), (0.0 if intercept is None else intercept)
    low, high = sorted(slope * end + intercept for end in _stored_range(used, int(dataset.BitsStored)))
    return stored * slope + intercept, low, high


def _stored_range(used: IntArray, bits: int) -> tuple[float, float]:
    """Range of the fewest bits, from 8 to those stored, that hold the values: many a 16-bit file uses 12."""
    low, high = int(used.min()), int(used.max())
    if low >= 0:
        return 0.0, 2.0 ** min(fewest_bits(high), max(bits, high.bit_length())) - 1.0
    signed = max(fewest_bits(high) if high > 127 else 7, (-low - 1).bit_length(), 7)
    return -(2.0**signed), 2.0**signed - 1.0


def _table(item: pydicom.Dataset, dataset: pydicom.Dataset) -> tuple[int, IntArray]:
    """First value that a lookup table maps, and its entries; pydicom takes 8-bit tables of more than 256 for others."""
    entries, first = int(item.LUTDescriptor[0]) or 2**16, int(item.LUTDescriptor[1])
    data = item.LUTData
    if isinstance(data, bytes):
        little = dataset.original_encoding[1] is not False
        kind = "u1" if len(data) <= entries + 1 else ("<u2" if little else ">u2")
        data = np.frombuffer(data, kind, count=len(data) // np.dtype(kind).itemsize)
    return first, np.atleast_1d(np.asarray(data, dtype=np.int64))[:entries]


def _looked_up(values: npt.NDArray[Any], first: int, table: IntArray) -> DoubleArray:
    """Entries of a table; values beyond it take its first or last one."""
    places = np.clip(np.rint(values).astype(np.int64) - first, 0, len(table) - 1)
    return np.asarray(table[places], dtype=np.float64)


def _apply_window(values: DoubleArray, center: float, width: float, function: str) -> DoubleArray:
    """Window center and width to [0, 1], DICOM PS3.3 C.11.2.1.2 and C.11.2.1.3."""
    if function == "SIGMOID":
        return 1.0 / (1.0 + np.exp(np.clip(-4.0 * (values - center) / width, -60.0, 60.0)))
    if function == "LINEAR_EXACT":
        return (values - center) / width + 0.5
    return (values - (center - 0.5)) / max(width - 1.0, 1e-6) + 0.5


def _first(value: Any) -> float | None:
    """The first of several numbers; a viewer shows the first of several windows."""
    if value is None or value == "":
        return None
    number = float(value if np.isscalar(value) or not hasattr(value, "__getitem__") else value[0])
    if not np.isfinite(number):
        raise ValueError(f"a finite number, not {number}")
    return number
