# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Criterion: memorization (training-data replication) check, no copy of a training radiograph.

Takes the image; fails above a correlation with the most similar training radiograph, also if it was shifted, rescaled,
brightened or mirrored.
"""

from __future__ import annotations

from aurad_monai.case import Case
from aurad_monai.filtering.criteria.criterion import CriterionResult, ExpertPredictions, not_evaluated
from aurad_monai.filtering.memorization.copy_index import CopyIndex


class Memorization:
    """Correlation with the most similar training radiograph of an index.

    Args:
        index: of the radiographs that the generator was trained on.
        threshold: highest correlation; None leaves every image unjudged.
    """

    name = "memorization"

    def __init__(self, index: CopyIndex, threshold: float | None = None) -> None:
        self.index = index
        self.threshold = threshold

    def evaluate(self, case: Case, predictions: ExpertPredictions | None) -> list[CriterionResult]:
        """One result."""
        if predictions is None or case.image is None:
            return [not_evaluated(self.name, "the experts cannot look at this image")]
        if self.threshold is None:
            return [not_evaluated(self.name, "no calibrated threshold for copies")]
        match = self.index.nearest(case.image, predictions.anatomy)
        passed = match.similarity <= self.threshold
        verb = "is no copy of a training image" if passed else f"is a copy of training image {match.id}"
        reason = f"the image {verb}: correlation {match.similarity:.3f} (at most {self.threshold:.3f})"
        return [CriterionResult(self.name, match.similarity, self.threshold, passed, reason)]
