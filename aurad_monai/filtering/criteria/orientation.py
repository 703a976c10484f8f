# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Criterion: the image is an upright frontal chest radiograph, not mirrored, rotated or inverted.

Takes the anatomy expert's features; fails below a probability of the upright class.
"""

from __future__ import annotations

from aurad_monai.case import Case
from aurad_monai.filtering.criteria.criterion import (
    CriterionResult,
    ExpertPredictions,
    at_least,
    not_evaluated,
)
from aurad_monai.filtering.radiograph_space import RadiographSpace

UPRIGHT = "upright"
WORDS = {
    "mirrored": "the image is mirrored: left and right are exchanged",
    "rotated_left": "the image lies on its side, turned to the left",
    "upside_down": "the image is upside down",
    "rotated_right": "the image lies on its side, turned to the right",
    "inverted": "the image is inverted: what should be bright is dark",
    "no_chest": "the image shows no chest",
    "no_radiograph": "the image is no radiograph",
}
"""What is said of an image that is not upright, by its likeliest class."""


class Orientation:
    """Probability of the upright class among the orientations that `RadiographSpace` classifies.

    Args:
        space: fitted to real radiographs in each orientation.
        threshold: minimum probability; None leaves the check out.
    """

    name = "orientation"

    def __init__(self, space: RadiographSpace, threshold: float | None = None) -> None:
        self.space = space
        self.threshold = threshold

    def evaluate(self, case: Case, predictions: ExpertPredictions | None) -> list[CriterionResult]:
        """One result."""
        if predictions is None or predictions.features is None:
            return [not_evaluated(self.name, "the experts give no features of this image")]
        if self.threshold is None:
            return [not_evaluated(self.name, "no threshold has been calibrated for the orientation")]
        orientations = self.space.orientations(predictions.features)
        likeliest = max((name for name in orientations if name != UPRIGHT), key=lambda name: orientations[name])
        statements = ("the image stands upright", WORDS[likeliest])
        measure = "probability that it is an upright chest radiograph"
        return [at_least(self.name, orientations[UPRIGHT], self.threshold, statements, measure)]
