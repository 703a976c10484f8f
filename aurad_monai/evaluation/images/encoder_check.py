# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Sanity check of feature encoders: FD of real images, degraded in known ways, from other real images.

Takes encoders and two sets of real images; gives a row an encoder and degradation, the FD of the images as they are
beside it. An encoder that gives no larger FD for blurred images cannot judge sharpness.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from aurad_monai.case import Case
from aurad_monai.evaluation.images.encoder import Encoder
from aurad_monai.evaluation.images.feature_distances import frechet_distance
from aurad_monai.evaluation.images.radiomics import RADIOMICS, radiomics_distance
from aurad_monai.evaluation.measure import Measured, measure
from aurad_monai.evaluation.metric_result import MIN_CASES, MetricResult
from aurad_monai.io.case_set import CaseSet

Image = npt.NDArray[np.float32]
DEGRADED: Mapping[str, Callable[[Image], Image]] = {
    "blurred, sigma 1": lambda image: ndimage.gaussian_filter(image, (0, 1, 1)),
    "noise of 0.03": lambda image: image + np.random.default_rng(0).normal(0, 0.03, image.shape).astype(np.float32),
    "mirrored": lambda image: image[..., ::-1].copy(),
    "upside down": lambda image: image[:, ::-1].copy(),
    "lower quarter dark": lambda image: np.where(np.arange(image.shape[1])[:, None] < 0.75 * image.shape[1], image, 0),
}
"""Name to a change of an image (1, H, W)."""


class DegradedCases:
    """The images of a set, changed; masks are left out."""

    def __init__(self, cases: CaseSet, change: Callable[[Image], Image]) -> None:
        self.cases, self.change = cases, change

    def __len__(self) -> int:
        return len(self.cases)

    def __getitem__(self, index: int) -> Case:
        case = self.cases[index]
        changed = None if case.image is None else self.change(case.image)
        return replace(case, image=changed, anatomy=None, pathology=None)


def encoder_check(
    encoders: Sequence[Encoder], cases: CaseSet, reference: Measured, train: Measured, cache: Path | None = None
) -> list[MetricResult]:
    """Rows of the family `encoders`.

    Args:
        encoders: opened.
        cases: the reference images.
        reference: the same as they are, measured.
        train: other real images, measured.
        cache: where measurements are kept.
    """
    results = []
    if min(len(reference), len(train)) < MIN_CASES:
        return []
    for change_name, change in DEGRADED.items():
        degraded = measure(DegradedCases(cases, change), encoders, change_name, cache)
        for encoder in encoders:
            name, key = encoder.card.name, f"features/{encoder.card.name}"
            kind, distance = ("FRD", radiomics_distance) if name == RADIOMICS else ("FD", frechet_distance)
            value, plain = (
                (distance(part.values[key], train.values[key]), np.nan, np.nan) for part in (degraded, reference)
            )
            counts = len(degraded), len(reference)
            results.append(
                MetricResult("encoders", f"{kind}, {change_name}", value, counts[0], name, plain, counts[1], "higher")
            )
    return results
