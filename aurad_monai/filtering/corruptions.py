# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Image corruptions: mirroring, rotation, inversion, blur, noise, saturation, and the transforms that disguise a copy.

Each takes an image (1, H, W) in [0, 1] and a random generator and gives the corrupted image. They train the orientation
classifier and test the filter.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy import ndimage

Picture = npt.NDArray[np.float32]
Corruption = Callable[[Picture, np.random.Generator], Picture]


def mirrored(image: Picture, rng: np.random.Generator) -> Picture:
    """Left and right exchanged: the heart lies on the wrong side."""
    return np.asarray(image[..., ::-1], dtype=np.float32).copy()


def rotated(quarters: int) -> Corruption:
    """Turned counterclockwise by so many quarters."""

    def turn(image: Picture, rng: np.random.Generator) -> Picture:
        return np.ascontiguousarray(np.rot90(image, quarters, axes=(-2, -1)), dtype=np.float32)

    return turn


def inverted(image: Picture, rng: np.random.Generator) -> Picture:
    """Bones dark, as MONOCHROME1 shows them."""
    return 1 - image


def shuffled(image: Picture, rng: np.random.Generator) -> Picture:
    """Cut into sixteen tiles and laid anew: the gray levels of a chest, but no chest."""
    edge = image.shape[-1] // 4
    tiles = image[0].reshape(4, edge, 4, edge).transpose(0, 2, 1, 3).reshape(16, edge, edge)
    laid = tiles[rng.permutation(16)].reshape(4, 4, edge, edge).transpose(0, 2, 1, 3)
    return np.asarray(laid.reshape(image.shape), dtype=np.float32).copy()


def clouds(image: Picture, rng: np.random.Generator) -> Picture:
    """Noise whose spectrum falls as that of photographs does: a scene of no chest."""
    edge = image.shape[-1]
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(edge), np.fft.fftfreq(edge)))
    fall = np.maximum(frequency, 1 / edge) ** -rng.uniform(0.5, 2.0)
    field = np.fft.ifft2(np.fft.fft2(rng.normal(size=(edge, edge))) * fall).real
    return _to_unit(field)[None]


def blank(image: Picture, rng: np.random.Generator) -> Picture:
    """One gray level."""
    return np.full_like(image, rng.uniform(0, 1))


def noise(image: Picture, rng: np.random.Generator) -> Picture:
    """Independent pixels."""
    return rng.uniform(0, 1, image.shape).astype(np.float32)


def blurred(image: Picture, rng: np.random.Generator) -> Picture:
    """As out of focus: Gaussian of 1.2 to 2.4% of the edge."""
    sigma = rng.uniform(0.012, 0.024) * image.shape[-1]
    return np.asarray(ndimage.gaussian_filter(image, (0, sigma, sigma)), dtype=np.float32)


def saturated(image: Picture, rng: np.random.Generator) -> Picture:
    """Overexposed: the brighter third of the pixels is white."""
    white = max(float(np.quantile(image, rng.uniform(0.6, 0.75))), 0.05)
    return np.asarray(np.clip(image / white, 0, 1), dtype=np.float32)


def shifted(image: Picture, rng: np.random.Generator) -> Picture:
    """Moved by up to 5% of the edge, black behind it."""
    by = rng.uniform(-0.05, 0.05, 2) * image.shape[-1]
    return np.asarray(np.clip(ndimage.shift(image[0], by, order=1), 0, 1)[None], dtype=np.float32)


def rescaled(image: Picture, rng: np.random.Generator) -> Picture:
    """Larger or smaller by up to 12%, about its center."""
    scale, center = rng.uniform(0.88, 1.12), (image.shape[-1] - 1) / 2
    matrix = np.eye(2) / scale
    offset = center * (1 - 1 / scale)
    moved = ndimage.affine_transform(image[0], matrix, offset, order=1)
    return np.asarray(np.clip(moved, 0, 1)[None], dtype=np.float32)


def contrast_changed(image: Picture, rng: np.random.Generator) -> Picture:
    """Gamma of 0.6 to 1.6 and gain of 0.8 to 1."""
    return np.asarray(rng.uniform(0.8, 1.0) * image ** rng.uniform(0.6, 1.6), dtype=np.float32)


def reencoded(image: Picture, rng: np.random.Generator) -> Picture:
    """Through a JPEG of quality 30 to 70."""
    stream = io.BytesIO()
    pixels = np.asarray(np.clip(image[0], 0, 1) * 255, dtype=np.uint8)
    Image.fromarray(pixels).save(stream, "JPEG", quality=int(rng.integers(30, 71)))
    return np.asarray(Image.open(stream), dtype=np.float32)[None] / np.float32(255)


def exact(image: Picture, rng: np.random.Generator) -> Picture:
    """The image itself."""
    return image


COPIES: dict[str, Corruption] = {
    "exact": exact,
    "shifted": shifted,
    "rescaled": rescaled,
    "contrast_changed": contrast_changed,
    "flipped": mirrored,
    "reencoded": reencoded,
}
"""Ways in which a copy of a training image hides."""


def _to_unit(values: npt.NDArray[Any]) -> Picture:
    low, high = np.quantile(values, (0.01, 0.99))
    return np.asarray(np.clip((values - low) / max(high - low, 1e-6), 0, 1), dtype=np.float32)
