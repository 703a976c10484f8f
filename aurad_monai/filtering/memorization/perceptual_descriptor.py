# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Perceptual descriptor (hash) of a radiograph, invariant to shift, scale, contrast, mirroring and compression.

Takes an image (1, H, W) and a box around its lungs; gives unit vectors whose inner product is the correlation of two
images. The crop around the lungs removes shift and scale, ranks of gray levels remove contrast changes, and low
frequencies of a cosine transform keep ribs, vessels and diaphragms.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy import fft, ndimage

EDGE = 64
"""Edge of the cut-out in pixels."""
FREQUENCIES = 26
"""Cosine waves across and down that are kept, where their sum stays below this number."""
WIDTH = 2.9
"""Edge of the cut-out in standard deviations of the lungs' area: a little more than their extent."""
BLACK = 0.02
"""Gray level up to which a pixel is border and no part of the picture."""
BLUR = 3.0
"""Standard deviation in pixels of what is taken away: brightness that varies as slowly as this tells no chest apart."""

Descriptors = npt.NDArray[np.float32]
Box = tuple[float, float, float]
Offset = tuple[float, float, float]
WHOLE: Box = (0.5, 0.5, 1.0)

_ROWS, _COLUMNS = np.mgrid[:FREQUENCIES, :FREQUENCIES]
_KEPT = (_ROWS + _COLUMNS < FREQUENCIES) & (_ROWS + _COLUMNS > 0)
_WINDOW = np.outer(*[np.sin(np.pi * (np.arange(EDGE) + 0.5) / EDGE)] * 2).astype(np.float32)
_BLURRED: npt.NDArray[np.float32] = ndimage.gaussian_filter1d(
    np.eye(EDGE, dtype=np.float32), BLUR, axis=0, truncate=2.5
)
LENGTH = int(_KEPT.sum())
"""Numbers in a descriptor."""

OFFSETS: tuple[Offset, ...] = (
    (0, 0, 1),
    *((0, 0, scale) for scale in (0.95, 1.05)),
    *((dx, 0, 1) for dx in (-0.02, 0.02)),
    *((0, dy, 1) for dy in (-0.02, 0.02)),
)
"""Shifts (fractions of the box) and scales that make up for lungs found a little differently in a copy."""


def lung_box(anatomy: npt.NDArray[np.generic]) -> Box:
    """Square around both lungs: center column, center row and edge, as fractions of the frame.

    Taken from the moments of the lungs, which a leak of the expert moves less than it moves their outermost pixels.
    Where a lung is missing it is the whole frame, so that such an image has a descriptor too.
    """
    if not (anatomy[0].any() and anatomy[1].any()):
        return WHOLE
    rows, columns = np.nonzero(anatomy[0].astype(bool) | anatomy[1].astype(bool))
    height, width = anatomy.shape[-2:]
    spread = float(np.hypot(rows.std() / height, columns.std() / width))
    return float(columns.mean() + 0.5) / width, float(rows.mean() + 0.5) / height, WIDTH * spread


def descriptors(
    image: npt.NDArray[np.floating[Any]], box: Box, offsets: Sequence[tuple[float, float, float]] = ((0, 0, 1),)
) -> Descriptors:
    """Descriptors of an image, one for each offset of its box.

    Args:
        image: (1, H, W) in [0, 1].
        box: `lung_box` or `WHOLE`.
        offsets: none for the descriptor that an index stores; `OFFSETS` for looking one up.

    Returns:
        (len(offsets), LENGTH) float32, each of unit norm.
    """
    column, row, edge = box
    cuts = np.stack([_cut(image[0], column + dx * edge, row + dy * edge, edge * scale) for dx, dy, scale in offsets])
    return _encode(cuts)


def _cut(picture: npt.NDArray[np.floating[Any]], column: float, row: float, edge: float) -> npt.NDArray[np.float32]:
    """(EDGE, EDGE) of the square around a center, black outside the frame."""
    height, width = picture.shape
    side = edge * max(height, width)
    left, top = column * width - side / 2, row * height - side / 2
    pad = int(np.ceil(max(0.0, -left, -top, left + side - width, top + side - height)))
    padded = np.zeros((height + 2 * pad, width + 2 * pad), dtype=np.float32)
    padded[pad : pad + height, pad : pad + width] = picture
    box = (left + pad, top + pad, left + pad + side, top + pad + side)
    return np.asarray(Image.fromarray(padded).resize((EDGE, EDGE), Image.Resampling.BILINEAR, box=box))


def _encode(cuts: npt.NDArray[np.float32]) -> Descriptors:
    seen = ndimage.minimum_filter(cuts > BLACK, (1, 3, 3), mode="constant", cval=True)  # mixed pixels at the border
    spectrum = fft.dctn(_fine(cuts, seen), axes=(1, 2), norm="ortho")[:, :FREQUENCIES, :FREQUENCIES][:, _KEPT]
    return np.asarray(spectrum / np.maximum(np.linalg.norm(spectrum, axis=1, keepdims=True), 1e-9), dtype=np.float32)


def _fine(cuts: npt.NDArray[np.float32], inside: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    """Ranks of gray levels less their blur, both among pixels of the picture alone: its border leaves no edge."""
    within = inside.astype(np.float32)
    ranks = np.stack([_ranks(*each) for each in zip(cuts, inside, strict=True)])
    blurred, weight = (_BLURRED @ each @ _BLURRED.T for each in (ranks, within))
    return np.asarray((ranks - blurred / np.maximum(weight, 1e-3)) * _WINDOW * within, dtype=np.float32)


def _ranks(cut: npt.NDArray[np.float32], inside: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    """Of each pixel among those inside, from 0 to 1; 0 outside."""
    values = cut[inside]
    order = np.empty(len(values), dtype=np.float32)
    order[values.argsort()] = np.arange(len(values), dtype=np.float32) / max(len(values), 1)
    ranks = np.zeros(cut.shape, dtype=np.float32)
    ranks[inside] = order
    return ranks


def flipped(descriptor: Descriptors) -> Descriptors:
    """Descriptors (N, LENGTH) of the mirrored cut-outs: odd waves across change their sign."""
    signs = np.where(_COLUMNS[_KEPT] % 2 == 1, -1.0, 1.0).astype(np.float32)
    return descriptor * signs


def fine_structure(descriptor: Descriptors) -> npt.NDArray[np.float32]:
    """What descriptors (N, LENGTH) show, as (N, EDGE, EDGE): fine structure alone, no radiograph."""
    spectrum = np.zeros((len(descriptor), EDGE, EDGE), dtype=np.float32)
    spectrum[:, :FREQUENCIES, :FREQUENCIES][:, _KEPT] = descriptor
    return np.asarray(fft.idctn(spectrum, axes=(1, 2), norm="ortho"), dtype=np.float32)
