# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Criterion: a finding declared absent in the prompt is not detected in the image.

Takes the findings expert's image scores; fails above a calibrated threshold.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from aurad_monai import vocabulary
from aurad_monai.case import Case
from aurad_monai.filtering.criteria.criterion import CriterionResult, ExpertPredictions, not_evaluated


class FindingAbsent:
    """The findings expert's score of each finding declared absent must not exceed a threshold.

    Args:
        thresholds: highest score of each finding; None means the expert was found unable to judge it.
        default: threshold of findings that are not listed; None leaves them unjudged.
    """

    name = "finding_absent"

    def __init__(self, thresholds: Mapping[str, float | None] | None = None, default: float | None = None) -> None:
        self.thresholds = {vocabulary.finding(name).name: value for name, value in (thresholds or {}).items()}
        self.default = default

    def evaluate(self, case: Case, predictions: ExpertPredictions | None) -> list[CriterionResult]:
        """A result for each finding declared absent."""
        return [self._evaluate(item.name, predictions) for item in case.findings.absent]

    def _evaluate(self, name: str, predictions: ExpertPredictions | None) -> CriterionResult:
        criterion = f"{self.name}.{name}"
        channel, label = vocabulary.channel(name), vocabulary.finding(name).label
        if predictions is None:
            return not_evaluated(criterion, "the experts cannot look at this image")
        score = float(predictions.scores[channel])
        if math.isnan(score):
            return not_evaluated(criterion, f"the findings expert does not know {label}")
        threshold = self.thresholds.get(name, self.default)
        if threshold is None:
            return not_evaluated(criterion, f"no calibrated threshold for {label}", score)
        passed = score <= threshold
        verb = "is not seen" if passed else "is seen"
        reason = f"{label}, declared absent, {verb}: score {score:.3f} (at most {threshold:.3f})"
        return CriterionResult(criterion, score, threshold, passed, reason)
