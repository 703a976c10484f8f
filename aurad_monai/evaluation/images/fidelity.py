# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Fidelity metrics: FD, KID, PRDC, FRD and power-spectrum distance to real images, beside the real-vs-real baseline.

Takes measured synthetic, reference and training sets; gives `MetricResult` rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from aurad_monai.evaluation.images.encoder import EncoderCard
from aurad_monai.evaluation.images.feature_distances import frechet_distance, kernel_distance, manifold_measures
from aurad_monai.evaluation.images.radiomics import RADIOMICS, radiomics_distance, with_numbers
from aurad_monai.evaluation.images.spectrum import high_share, radial_power, spectrum_distance, spectrum_gap
from aurad_monai.evaluation.measure import Batch, Measured
from aurad_monai.evaluation.metric_result import MIN_CASES, MetricResult, half_sample_intervals, mean_result
from aurad_monai.statistics import UNKNOWN

MAX_CASES = 2000
"""Maximum of cases a set for distances; larger sets are subsampled, as the counts in the report show."""
RESAMPLES = 50
FAMILY = "fidelity"
BOUNDS = {
    "FD": (0.0, np.inf),
    "spectrum distance": (0.0, np.inf),
    "largest gap of spectra": (0.0, np.inf),
    "precision": (0.0, 1.0),
    "recall": (0.0, 1.0),
    "density": (0.0, np.inf),
    "coverage": (0.0, 1.0),
}


class Spectrum:
    """A measure: `spectrum` (B, F), log10 power by frequency."""

    identity = "spectrum 1"

    def __call__(self, batch: Batch) -> Mapping[str, npt.NDArray[Any]]:
        return {"spectrum": radial_power(batch.images).astype(np.float32)}


def fidelity(
    synthetic: Measured, reference: Measured, train: Measured | None, cards: Sequence[EncoderCard], seed: int = 0
) -> list[MetricResult]:
    """Distances of `synthetic` from `reference`, each with its real-vs-real baseline: training images from `reference`.

    FD depends on the size of a set, so the baseline takes as many images. Without training images the baseline is one
    half of the reference against the other, and each metric notes it.
    """
    rng = np.random.default_rng(seed)
    real = train if train is not None else reference
    count = min(len(synthetic), len(real), MAX_CASES) if train is not None else min(len(synthetic), MAX_CASES)
    pick = rng.permutation(len(synthetic))[:count], rng.permutation(len(reference))[:MAX_CASES]
    floor = rng.permutation(len(real))
    metrics: list[MetricResult] = []
    for name in ["spectrum", *(f"features/{card.name}" for card in cards)]:
        rows = synthetic.values[name][pick[0]], reference.values[name][pick[1]]
        if train is not None:
            beside = train.values[name][floor[:count]], rows[1]
        else:
            half = len(floor) // 2
            beside = reference.values[name][floor[:half]], reference.values[name][floor[half:]]
        if name == f"features/{RADIOMICS}":
            rows, beside = ((with_numbers(a), with_numbers(b)) for a, b in (rows, beside))
        note = "" if train is not None else "baseline: halves of the reference"
        if len(rows[0]) < MIN_CASES:
            note = f"needs {MIN_CASES} images"
        keys, compare = COMPARED.get(name, (FEATURE_ROWS, _features))
        found, real_found = (half_sample_intervals(compare, pair, BOUNDS, RESAMPLES, seed) for pair in (rows, beside))
        for key in keys:
            metrics.append(
                MetricResult(
                    FAMILY,
                    key,
                    found.get(key, UNKNOWN),
                    len(rows[0]),
                    name.partition("/")[2],
                    real_found.get(key, UNKNOWN),
                    len(beside[0]),
                    "higher" if key in ("precision", "recall", "density", "coverage") else "lower",
                    note,
                )
            )
    return metrics


FEATURE_ROWS = ("FD", "KID", "precision", "recall", "density", "coverage")


def diversity(pairs: npt.NDArray[np.float64], real: npt.NDArray[np.float64]) -> MetricResult:
    """MS-SSIM of pairs of the set beside that of real pairs; higher is less diverse."""
    return mean_result(FAMILY, "MS-SSIM of pairs", pairs, real, note="far above real: mode collapse; n counts pairs")


def sharpness(synthetic: Measured, reference: Measured) -> MetricResult:
    """Log power in the upper half of the frequencies."""
    values, real = (high_share(part.values["spectrum"]) for part in (synthetic, reference))
    return mean_result(FAMILY, "log power of high frequencies", values, real, note="below real: blurred")


def _spectrum(synthetic: npt.NDArray[Any], real: npt.NDArray[Any]) -> dict[str, float]:
    return {
        "spectrum distance": spectrum_distance(synthetic, real),
        "largest gap of spectra": spectrum_gap(synthetic, real),
    }


def _features(synthetic: npt.NDArray[Any], real: npt.NDArray[Any]) -> dict[str, float]:
    distances = {"FD": frechet_distance(synthetic, real), "KID": kernel_distance(synthetic, real)}
    return {**distances, **manifold_measures(real, synthetic)}


def _radiomics(synthetic: npt.NDArray[Any], real: npt.NDArray[Any]) -> dict[str, float]:
    return {"FRD": radiomics_distance(synthetic, real)}


COMPARED: Mapping[str, tuple[Sequence[str], Callable[..., Mapping[str, float]]]] = {
    "spectrum": (("spectrum distance", "largest gap of spectra"), _spectrum),
    f"features/{RADIOMICS}": (("FRD",), _radiomics),
}
"""Rows of what is not compared by features of an encoder, and what gives them."""
