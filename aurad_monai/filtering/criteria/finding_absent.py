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
from aurad_monai.filtering.criteria.criterion import (
    NO_THRESHOLD,
    NOT_KNOWN,
    UNREADABLE,
    CriterionResult,
    ExpertPredictions,
    at_most,
    not_evaluated,
)


class FindingAbsent:
    """The findings expert's score of each finding declared absent must not exceed a threshold.

    Args:
        thresholds: maximum score of each finding; None: calibration found that the expert cannot detect it.
        default: threshold of findings that are not listed; None leaves them out.
    """

    name = "finding_absent"

    def __init__(self, thresholds: Mapping[str, float | None] | None = None, default: float | None = None) -> None:
        self.thresholds = {vocabulary.finding(name).name: value for name, value in (thresholds or {}).items()}
        self.default = default

    def evaluate(self, case: Case, predictions: ExpertPredictions | None) -> list[CriterionResult]:
        """One result a finding declared absent."""
        return [self._evaluate(item.name, predictions) for item in case.findings.absent]

    def _evaluate(self, name: str, predictions: ExpertPredictions | None) -> CriterionResult:
        criterion = f"{self.name}.{name}"
        channel, label = vocabulary.channel(name), vocabulary.finding(name).label
        if predictions is None:
            return not_evaluated(criterion, UNREADABLE, finding=name)
        score = float(predictions.scores[channel])
        if math.isnan(score):
            return not_evaluated(criterion, NOT_KNOWN, finding=name)
        threshold = self.thresholds.get(name, self.default)
        if threshold is None:
            return not_evaluated(criterion, NO_THRESHOLD, score, name)
        said = f"{label} is declared absent,"
        statements = (f"{said} and the image does not show it", f"{said} but the image shows it")
        return at_most(criterion, score, threshold, statements, "probability of the finding", name)
