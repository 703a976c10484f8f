# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Criterion: memorization (training-data replication) check, no copy of a training radiograph.

Takes the image; fails above a correlation with the most similar training radiograph, also if it was shifted, rescaled,
brightened or mirrored.
"""

from __future__ import annotations

from aurad_monai.case import Case
from aurad_monai.filtering.criteria.criterion import (
    UNREADABLE,
    CriterionResult,
    ExpertPredictions,
    at_most,
    not_evaluated,
)
from aurad_monai.filtering.memorization.copy_index import CopyIndex


class Memorization:
    """Correlation with the most similar training radiograph of an index.

    Args:
        index: of the radiographs that the generator was trained on.
        threshold: maximum correlation; None leaves the check out.
    """

    name = "memorization"

    def __init__(self, index: CopyIndex, threshold: float | None = None) -> None:
        self.index = index
        self.threshold = threshold

    def evaluate(self, case: Case, predictions: ExpertPredictions | None) -> list[CriterionResult]:
        """One result."""
        if predictions is None or case.image is None:
            return [not_evaluated(self.name, UNREADABLE)]
        if self.threshold is None:
            return [not_evaluated(self.name, "no threshold has been calibrated for copies of training images")]
        match = self.index.nearest(case.image, predictions.anatomy)
        statements = ("the image copies no training image", f"the image copies training image {match.id}")
        return [at_most(self.name, match.similarity, self.threshold, statements, "correlation")]
