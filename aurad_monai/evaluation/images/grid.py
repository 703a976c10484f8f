# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Grid test: does a pattern repeat every few pixels, as blocks of a codec and strided networks leave it?

Takes images (N, 1, S, S); gives how far power at the frequencies of a period stands above that beside them, in decades.
Films have no such peaks beyond those of their own processing, so theirs stand beside.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from aurad_monai.evaluation.measure import Batch, Measured
from aurad_monai.evaluation.metric_result import MetricResult, mean_result

FAMILY = "fidelity"
PERIODS = (8, 16)
"""In pixels: edges of the blocks of the codec, at 256 and at 512 pixels."""
BESIDE = (3, 4)
"""Distance, in frequencies, of those that a peak is compared with; the window smears a peak over two."""


class GridPeaks:
    """A measure: `grid/8` and `grid/16` (B,), decades by which power at the period stands out."""

    identity = f"grid {PERIODS} {BESIDE}"

    def __call__(self, batch: Batch) -> Mapping[str, npt.NDArray[Any]]:
        return {f"grid/{period}": grid_peak(batch.images, period) for period in PERIODS}


def grid_peak(images: npt.NDArray[np.floating[Any]], period: int) -> npt.NDArray[np.float64]:
    """Mean of log10 power at all multiples of 1 / `period`, less that beside them, over rows and columns, (N,).

    Args:
        images: (N, 1, S, S), S a multiple of `period`.
        period: in pixels.
    """
    pixels = np.asarray(images[:, 0], dtype=np.float64)
    return np.asarray((_along(pixels, period) + _along(pixels.transpose(0, 2, 1), period)) / 2)


def _along(pixels: npt.NDArray[np.float64], period: int) -> npt.NDArray[np.float64]:
    size = pixels.shape[-1]
    lines = (pixels - pixels.mean(axis=-1, keepdims=True)) * np.hanning(size)
    power = np.log10(np.maximum((np.abs(np.fft.rfft(lines, axis=-1)) ** 2).mean(axis=1), 1e-20))
    places = np.arange(1, period // 2) * (size // period)
    beside = np.mean([power[:, places + step] for step in (*BESIDE, *(-step for step in BESIDE))], axis=0)
    return np.asarray((power[:, places] - beside).mean(axis=1))


def grid_test(synthetic: Measured, reference: Measured) -> list[MetricResult]:
    """A row a period, of the set beside real images."""
    note = "decades; above real: a grid"
    return [
        mean_result(
            FAMILY,
            f"grid of {period} pixels",
            synthetic.values[f"grid/{period}"],
            reference.values[f"grid/{period}"],
            note=note,
        )
        for period in PERIODS
    ]
