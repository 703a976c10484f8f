# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Criterion: each requested finding is detected in the image at its mask (localization).

Takes what the expert for marked places says of image and masks; fails where it is below a calibrated threshold.
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
    at_least,
    in_words,
    not_evaluated,
)


class FindingDetected:
    """Logit that a finding is seen at its mask, for each requested finding.

    Args:
        thresholds: minimum logit of each finding; None: calibration found that the expert cannot detect it.
        default: threshold of findings that are not listed; None leaves them out.
        min_area: a mask of a smaller fraction of the frame is not evaluated (33 pixels of 256 x 256).
    """

    name = "finding_detected"

    def __init__(
        self,
        thresholds: Mapping[str, float | None] | None = None,
        default: float | None = None,
        min_area: float = 0.0005,
    ) -> None:
        self.thresholds = {vocabulary.finding(name).name: value for name, value in (thresholds or {}).items()}
        self.default = default
        self.min_area = min_area

    def evaluate(self, case: Case, predictions: ExpertPredictions | None) -> list[CriterionResult]:
        """One result a requested finding."""
        names = dict.fromkeys(item.name for item in case.findings.present)
        return [self._evaluate(name, case, predictions) for name in names]

    def _evaluate(self, name: str, case: Case, predictions: ExpertPredictions | None) -> CriterionResult:
        criterion = f"{self.name}.{name}"
        channel = vocabulary.channel(name)
        if why := self._unknown(name, case, predictions):
            return not_evaluated(criterion, why, finding=name)
        assert predictions is not None and predictions.marked is not None  # `_unknown` says so
        score = float(predictions.marked[channel])
        threshold = self.thresholds.get(name, self.default)
        if threshold is None:
            return not_evaluated(criterion, NO_THRESHOLD, score, name)
        finding = in_words(name, [item for item in case.findings.present if item.name == name])
        statements = (f"{finding} is found where the mask has it", f"{finding} is not found where the mask has it")
        return at_least(criterion, score, threshold, statements, "score of the expert at the mask", name)

    def _unknown(self, name: str, case: Case, predictions: ExpertPredictions | None) -> str:
        """Why a finding cannot be looked for in this case; empty where it can."""
        channel = vocabulary.channel(name)
        if predictions is None:
            return UNREADABLE
        if case.pathology is None or predictions.marked is None:
            return "the case has no pathology mask"
        if case.pathology[channel].astype(bool).mean() < self.min_area:
            return "its mask is too small to tell"
        return "" if math.isfinite(predictions.marked[channel]) else NOT_KNOWN
