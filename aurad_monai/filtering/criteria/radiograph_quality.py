# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Criterion: image quality, that is sharpness, noise, and distance from real radiographs (out-of-distribution).

Takes the image and the anatomy expert's features; fails below or above calibrated thresholds.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from aurad_monai.case import Case
from aurad_monai.filtering.criteria.criterion import (
    UNREADABLE,
    CriterionResult,
    ExpertPredictions,
    at_least,
    at_most,
    not_evaluated,
)
from aurad_monai.filtering.radiograph_space import RadiographSpace


def sharpness(image: npt.NDArray[np.floating[Any]]) -> float:
    """Share of an image's contrast that is finer than 1% of its edge, as a ratio of standard deviations.

    Args:
        image: (1, H, W); black borders are left out.
    """
    picture = np.asarray(image[0], dtype=np.float32)
    inside = ndimage.minimum_filter(picture > 0.02, 5)
    if inside.mean() < 0.05:
        return 0.0
    fine = picture - ndimage.gaussian_filter(picture, 0.01 * picture.shape[-1])
    return float(fine[inside].std() / max(picture[inside].std(), 1e-6))


class RadiographQuality:
    """Sharpness, noise, and distance from real radiographs in the features of the anatomy expert.

    Args:
        space: fitted to real radiographs; None leaves the distance out.
        min_sharpness: see `sharpness`.
        max_sharpness: above it the image is noisy.
        max_distance: see `RadiographSpace.distance`; None leaves it out.
    """

    name = "radiograph_quality"

    def __init__(
        self,
        space: RadiographSpace | None = None,
        min_sharpness: float = 0.0,
        max_sharpness: float = 1.0,
        max_distance: float | None = None,
    ) -> None:
        self.space = space
        self.min_sharpness, self.max_sharpness = min_sharpness, max_sharpness
        self.max_distance = max_distance

    def evaluate(self, case: Case, predictions: ExpertPredictions | None) -> list[CriterionResult]:
        """One result each for sharpness, noise and the distance from real radiographs."""
        if predictions is None or case.image is None:
            return [not_evaluated(self.name, UNREADABLE)]
        found, measure = sharpness(case.image), "fine share of its contrast"
        sharp, noise = (f"{self.name}.{part}" for part in ("sharpness", "noise"))
        return [
            at_least(sharp, found, self.min_sharpness, ("the image is sharp", "the image is blurred"), measure),
            at_most(noise, found, self.max_sharpness, ("the image is not noisy", "the image is noisy"), measure),
            self._distance(predictions),
        ]

    def _distance(self, predictions: ExpertPredictions) -> CriterionResult:
        criterion = f"{self.name}.distance"
        if self.space is None or self.max_distance is None or predictions.features is None:
            return not_evaluated(criterion, "nothing is known of how far real radiographs lie from each other")
        statements = ("the image looks like a chest radiograph", "the image does not look like a chest radiograph")
        measure = "distance from real radiographs"
        return at_most(criterion, self.space.distance(predictions.features), self.max_distance, statements, measure)
