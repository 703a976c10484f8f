# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A given anatomy enters the way of a case: a label map (PNG, NIfTI) or our own channels become (3, H, W)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from aurad_monai.errors import InputError
from aurad_monai.io.binary import binarize
from aurad_monai.io.frame import frame_mask
from aurad_monai.io.nifti_array import read_nifti_array
from aurad_monai.io.picture_file import file_kind, read_pixels
from aurad_monai.vocabulary import ANATOMY_NAMES

LABELS: dict[int, tuple[str, ...]] = {
    0: (),
    1: ("left_lung",),
    2: ("right_lung",),
    3: ("cardiomediastinum",),
    4: ("left_lung", "cardiomediastinum"),
    5: ("right_lung", "cardiomediastinum"),
}
"""What a pixel of a label map belongs to; 4 and 5 are the lung behind the heart."""

MIN_AREA = 0.01
"""Least part of the frame that a lung covers."""
MAX_LABELS = 16
"""A picture with no more distinct values is a label map, right or wrong, and no radiograph."""

_LABEL_TEXT = (
    "labels 0 background, 1 left lung, 2 right lung, 3 cardiomediastinum, "
    "4 and 5 cardiomediastinum over left and right lung"
)


def is_label_map(path: str | Path, argument: str = "anatomy") -> bool:
    """Whether a file given as anatomy is a label map, and otherwise a radiograph to be segmented.

    NIfTI files are; so are PNG files of at most 16 distinct values, even wrong ones, so that `read_anatomy` can say
    which labels are wrong. A file that cannot be decoded is not: `read_radiograph` will say so.

    Raises:
        InputError: there is no such file, or it is empty or too large.
    """
    kind = file_kind(path, argument)
    if kind != "png":
        return kind == "nifti"
    try:
        pixels = read_pixels(path, argument, indices=True)
    except InputError:
        return False
    flat = pixels.reshape(-1, pixels.shape[-1]) if pixels.ndim == 3 else pixels.reshape(-1)
    return len(np.unique(flat, axis=0)) <= MAX_LABELS


def read_anatomy(path: str | Path, size: int = 256, argument: str = "anatomy") -> npt.NDArray[np.uint8]:
    """Read the outlines a case is to have.

    Args:
        path: PNG label map with `LABELS`; NIfTI label map, array (x, y) or (x, y, 1), with the same labels; or NIfTI
            channels as a run folder holds them, array (x, y, 1, 3) of 0 and 1. x is the image column, y the row from
            the top; a header that says that the plane is coronal is followed.
        size: side of the frame; other sizes and shapes are padded to a square with background and resized.
        argument: what error messages call the file.

    Returns:
        (3, size, size) uint8 0/1 in the order of `ANATOMY_NAMES`.

    Raises:
        InputError: the file cannot be read, has other labels or sizes, or its lungs are missing or on the wrong sides.
    """
    kind = file_kind(path, argument)
    if kind == "png":
        channels = from_labels(read_pixels(path, argument, indices=True), path, argument)
    elif kind == "nifti":
        channels = _read_nifti(path, argument)
    else:
        raise InputError(argument, path, "PNG label map or NIfTI", "convert the file")
    anatomy = np.stack([frame_mask(channel, size) for channel in channels])
    _check_anatomy(anatomy, path, argument)
    return anatomy


def to_labels(anatomy: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """The label map (H, W) of an anatomy (3, H, W), by `LABELS`; a pixel of both lungs becomes one of the right."""
    inside = dict(zip(ANATOMY_NAMES, anatomy.astype(bool), strict=True))
    labels = np.zeros(anatomy.shape[-2:], dtype=np.uint8)
    for label, names in list(LABELS.items())[1:]:  # what lies in two structures comes after what lies in one
        labels[np.logical_and.reduce([inside[name] for name in names])] = label
    return labels


def from_labels(labels: npt.NDArray[Any], path: str | Path, argument: str) -> npt.NDArray[np.uint8]:
    """The anatomy (3, H, W) of a label map (H, W); InputError, which names `argument` and `path`, for other labels."""
    if labels.ndim != 2:
        raise InputError(argument, path, "one label a pixel, not colors", _LABEL_TEXT)
    wrong = sorted(set(np.unique(labels).tolist()) - set(LABELS))
    if wrong:
        shown = ", ".join(f"{value:g}" for value in wrong[:8]) + (", ..." if len(wrong) > 8 else "")
        raise InputError(argument, f"{path} with labels {shown}", _LABEL_TEXT, "relabel it")
    members = [[label for label, names in LABELS.items() if name in names] for name in ANATOMY_NAMES]
    return np.stack([np.isin(labels, wanted) for wanted in members]).astype(np.uint8)


def _read_nifti(path: str | Path, argument: str) -> npt.NDArray[np.uint8]:
    allowed = "array (x, y), (x, y, 1) or (x, y, 1, 3)"
    values, _ = read_nifti_array(path, argument, (1, len(ANATOMY_NAMES)), allowed, "see the README")
    if values.shape[-1] == len(ANATOMY_NAMES):
        return binarize(values.transpose(2, 1, 0), path, argument)
    return from_labels(values[..., 0].T, path, argument)


def _check_anatomy(anatomy: npt.NDArray[np.uint8], path: str | Path, argument: str) -> None:
    least = MIN_AREA * anatomy[0].size
    for name, mask in zip(ANATOMY_NAMES, anatomy, strict=True):
        if mask.sum() < least:
            missing = f"{path} where {name} covers {mask.mean():.1%}"
            raise InputError(argument, missing, f"each structure on at least {MIN_AREA:.0%} of the frame", "check it")
    left, right = (np.nonzero(mask)[1].mean() for mask in anatomy[:2])
    if left <= right:
        allowed = "the left lung on the right of the picture, as on a radiograph"
        raise InputError(argument, f"{path} with swapped lungs", allowed, "mirror it or exchange labels 1 and 2")
