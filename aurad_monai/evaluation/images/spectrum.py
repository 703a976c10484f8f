# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Radially averaged power spectrum of images, to compare sharpness and periodic artifacts with real images.

Takes images (N, 1, S, S); gives log10 power (N, F) by spatial frequency.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
LOWEST, BANDS = 0.05, 9
"""Waves a pixel from which spectra are compared band by band, and bands from there to the highest frequency."""


def radial_power(images: npt.NDArray[np.floating[Any]]) -> FloatArray:
    """Mean power at each whole spatial frequency, as log10.

    Args:
        images: (N, 1, S, S); a Hann window takes the jump between opposite borders away.

    Returns:
        (N, S // 2 - 1): frequencies 1 to S // 2 - 1, in waves an image.
    """
    size = images.shape[-1]
    window = np.outer(*[np.hanning(size)] * 2)
    pixels = np.asarray(images[:, 0], dtype=np.float64)
    power = np.abs(np.fft.fft2((pixels - pixels.mean(axis=(1, 2), keepdims=True)) * window)) ** 2
    waves = np.fft.fftfreq(size, 1 / size)
    ring = np.rint(np.hypot(waves[:, None], waves[None])).astype(int).ravel()
    counts = np.bincount(ring)[1 : size // 2]
    sums = np.stack([np.bincount(ring, weights=row.ravel())[1 : size // 2] for row in power])
    return np.log10(np.maximum(sums / counts, 1e-12))


def spectrum_distance(first: FloatArray, second: FloatArray) -> float:
    """Mean absolute difference of two sets' mean spectra (N, F), in decades of power."""
    return float(np.abs(first.mean(axis=0) - second.mean(axis=0)).mean())


def spectrum_gap(first: FloatArray, second: FloatArray, above: float = LOWEST, bands: int = BANDS) -> float:
    """Largest difference of two sets' mean spectra (N, F), in decades of power, over bands of frequencies.

    Args:
        first: log10 power, as `radial_power` gives it.
        second: likewise.
        above: lowest frequency that counts, in waves a pixel; below it anatomy differs from set to set.
        bands: how many bands of equal width there are up to half a wave a pixel.
    """
    difference = first.mean(axis=0) - second.mean(axis=0)
    lowest = int(np.ceil(above * 2 * (len(difference) + 1))) - 1
    return float(max(abs(band.mean()) for band in np.array_split(difference[lowest:], bands)))


def high_share(spectra: FloatArray, above: float = 0.5) -> FloatArray:
    """Mean log power in the upper part of the frequencies, by image (N,): low where images are blurred."""
    return np.asarray(spectra[:, int(above * spectra.shape[1]) :].mean(axis=1))


def mean_curves(sets: Sequence[tuple[str, FloatArray]]) -> dict[str, list[float]]:
    """Mean spectrum of each named set, for the plot."""
    return {name: [round(float(value), 3) for value in spectra.mean(axis=0)] for name, spectra in sets if len(spectra)}
