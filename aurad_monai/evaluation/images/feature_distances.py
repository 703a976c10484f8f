# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Distances of two sets of features: FD, KID, precision, recall, density, coverage (PRDC).

Takes features (N, F) and (M, F); gives numbers.
"""

from __future__ import annotations

import contextlib
import io
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import linalg

from aurad_monai.errors import InputError

Features = npt.NDArray[np.floating[Any]]
INSTALL = "pip install aurad-monai[evaluate]"
NEAREST = 5
"""Neighbors that span the manifold of a set, as its authors chose."""


def frechet_distance(first: Features, second: Features) -> float:
    """FD of features (N, F) and (M, F) (Heusel et al., NeurIPS 2017).

    The trace of the square root of the product of the covariances is the nuclear norm of the product of the centered
    features, which is exact for sets smaller than F too; `monai.metrics.FIDMetric`, with which it agrees otherwise,
    stops there at a matrix square root of a singular matrix.
    """
    roots: list[npt.NDArray[np.float64]] = []
    means: list[npt.NDArray[np.float64]] = []
    for features in (first, second):
        rows = np.asarray(features, dtype=np.float64)
        means.append(rows.mean(axis=0))
        centered = (rows - means[-1]) / np.sqrt(len(rows) - 1)
        roots.append(np.asarray(np.linalg.qr(centered, mode="r")) if len(rows) > rows.shape[1] else centered)
    traces = sum(float(np.square(root).sum()) for root in roots)
    shared = float(linalg.svdvals(roots[0] @ roots[1].T).sum())
    return float(np.square(means[0] - means[1]).sum() + traces - 2 * shared)


def kernel_distance(first: Features, second: Features) -> float:
    """KID of features (N, F) and (M, F): unbiased squared MMD with (x y / F + 1)^3 (Binkowski et al., ICLR 2018).

    Equal to torchmetrics' where N = M; its formula takes the two sets for equally large, which ours need not be.
    """
    x, y = (np.asarray(part, dtype=np.float64) for part in (first, second))

    def kernel(a: Features, b: Features) -> Features:
        return np.asarray((a @ b.T / a.shape[1] + 1) ** 3)

    def within(a: Features) -> float:
        own = kernel(a, a)
        return float((own.sum() - np.trace(own)) / (len(a) * (len(a) - 1)))

    return within(x) + within(y) - 2 * float(kernel(x, y).mean())


def manifold_measures(real: Features, synthetic: Features, nearest: int = NEAREST) -> dict[str, float]:
    """Precision, recall (Kynkaanniemi et al., NeurIPS 2019), density, coverage (Naeem et al., ICML 2020), by prdc."""
    try:
        from prdc import compute_prdc
    except ImportError as error:
        raise InputError("prdc", "not installed", "an installed prdc", INSTALL) from error
    with contextlib.redirect_stdout(io.StringIO()):  # it prints the sizes of the sets
        found = compute_prdc(np.asarray(real, np.float64), np.asarray(synthetic, np.float64), nearest)
    return {name: float(value) for name, value in found.items()}
