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
            return [not_evaluated(self.name, "no calibrated threshold for the orientation")]
        orientations = self.space.orientations(predictions.features)
        likeliest = max(orientations, key=lambda name: orientations[name]).replace("_", " ")
        bad = f"the image is no upright chest radiograph, most likely {likeliest}"
        statements = ("the image is upright", bad)
        return [
            at_least(self.name, orientations["upright"], self.threshold, statements, "probability of upright", ".3f")
        ]
