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
from aurad_monai.filtering.criteria.criterion import CriterionResult, ExpertPredictions, not_evaluated
from aurad_monai.filtering.radiograph_space import RadiographSpace


def sharpness(image: npt.NDArray[np.floating[Any]]) -> float:
    """Share of an image's contrast that is finer than 1% of its edge, by standard deviations, in its picture.

    Args:
        image: (1, H, W); black border counts for nothing.
    """
    picture = np.asarray(image[0], dtype=np.float32)
    inside = ndimage.minimum_filter(picture > 0.02, 5)
    if inside.mean() < 0.05:
        return 0.0
    fine = picture - ndimage.gaussian_filter(picture, 0.01 * picture.shape[-1])
    return float(fine[inside].std() / max(picture[inside].std(), 1e-6))


class RadiographQuality:
    """Sharpness, and distance from radiographs in the features of the anatomy expert.

    Args:
        space: fitted to real radiographs; None leaves the distance unjudged.
        min_sharpness: see `sharpness`.
        max_sharpness: above it there is noise.
        max_distance: see `RadiographSpace.distance`; None leaves it unjudged.
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
        """A result each of too little fine structure, too much of it, and of the distance."""
        if predictions is None or case.image is None:
            return [not_evaluated(self.name, "the experts cannot look at this image")]
        found = sharpness(case.image)
        return [self._least(found), self._most(found), self._distance(predictions)]

    def _least(self, found: float) -> CriterionResult:
        passed = found >= self.min_sharpness
        reason = f"the image is {'sharp' if passed else 'blurred'}: {found:.3f} of its contrast is fine"
        reason += f" (least {self.min_sharpness:.3f})"
        return CriterionResult(f"{self.name}.sharpness", found, self.min_sharpness, passed, reason)

    def _most(self, found: float) -> CriterionResult:
        passed = found <= self.max_sharpness
        reason = f"the image is {'not ' if passed else ''}noisy: {found:.3f} of its contrast is fine"
        reason += f" (at most {self.max_sharpness:.3f})"
        return CriterionResult(f"{self.name}.noise", found, self.max_sharpness, passed, reason)

    def _distance(self, predictions: ExpertPredictions) -> CriterionResult:
        criterion = f"{self.name}.distance"
        if self.space is None or self.max_distance is None or predictions.features is None:
            return not_evaluated(criterion, "no features, no fitted space or no calibrated threshold")
        found = self.space.distance(predictions.features)
        passed = found <= self.max_distance
        verb = "looks like" if passed else "is unlike"
        reason = f"the image {verb} the radiographs the expert knows: distance {found:.2f}"
        return CriterionResult(
            criterion, found, self.max_distance, passed, f"{reason} (at most {self.max_distance:.2f}, mean 1)"
        )
