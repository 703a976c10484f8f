# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Criterion: each requested finding is detected in the image at its mask (localization).

Takes the findings expert's probability maps and the masks; fails where the contrast of inside against a surrounding
ring is below a calibrated threshold.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from scipy import ndimage

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


def contrast(
    probability: npt.NDArray[np.floating], mask: npt.NDArray[np.generic], gap: float = 0.02, ring: float = 0.12
) -> float:
    """Mean probability of a finding inside its mask minus the mean in a ring around it.

    Args:
        probability: (H, W).
        mask: (H, W), 0 or 1.
        gap: distance from the mask at which the ring begins, as a fraction of the edge; maps are smooth at outlines.
        ring: distance at which it ends.

    Returns:
        Mean inside minus mean in the ring, in [-1, 1]; NaN where one of the two is empty or a probability is NaN.
    """
    inside = mask.astype(bool)
    if not inside.any():
        return math.nan
    edge = mask.shape[-1]
    distance = ndimage.distance_transform_edt(~inside)
    around = (distance > gap * edge) & (distance <= ring * edge)
    if not around.any():
        return math.nan
    return float(probability[inside].mean(dtype=np.float64) - probability[around].mean(dtype=np.float64))


class FindingDetected:
    """Mean probability inside the mask against a ring around it, for each requested finding.

    Args:
        thresholds: minimum contrast of each finding; None: calibration found that the expert cannot detect it.
        default: threshold of findings that are not listed; None leaves them out.
        min_area: a mask of a smaller fraction of the frame is not evaluated (33 pixels of 256 x 256).
        gap: of the ring, see `contrast`.
        ring: of the ring, see `contrast`.
    """

    name = "finding_detected"

    def __init__(
        self,
        thresholds: Mapping[str, float | None] | None = None,
        default: float | None = None,
        min_area: float = 0.0005,
        gap: float = 0.02,
        ring: float = 0.12,
    ) -> None:
        self.thresholds = {vocabulary.finding(name).name: value for name, value in (thresholds or {}).items()}
        self.default = default
        self.min_area = min_area
        self.gap = gap
        self.ring = ring

    def evaluate(self, case: Case, predictions: ExpertPredictions | None) -> list[CriterionResult]:
        """One result a requested finding."""
        names = dict.fromkeys(item.name for item in case.findings.present)
        return [self._evaluate(name, case, predictions) for name in names]

    def _evaluate(self, name: str, case: Case, predictions: ExpertPredictions | None) -> CriterionResult:
        criterion = f"{self.name}.{name}"
        channel = vocabulary.channel(name)
        if why := self._unknown(name, case, predictions):
            return not_evaluated(criterion, why, finding=name)
        assert predictions is not None and case.pathology is not None  # `_unknown` says so
        score = contrast(predictions.maps[channel], case.pathology[channel], self.gap, self.ring)
        threshold = self.thresholds.get(name, self.default)
        if threshold is None:
            return not_evaluated(criterion, NO_THRESHOLD, score, name)
        if math.isnan(score):
            return not_evaluated(criterion, "its mask leaves no surroundings to compare with", finding=name)
        finding = in_words(name, [item for item in case.findings.present if item.name == name])
        statements = (f"{finding} is found where the mask has it", f"{finding} is not found where the mask has it")
        return at_least(criterion, score, threshold, statements, "contrast of the expert's map", name)

    def _unknown(self, name: str, case: Case, predictions: ExpertPredictions | None) -> str:
        """Why a finding cannot be looked for in this case; empty where it can."""
        channel = vocabulary.channel(name)
        if predictions is None:
            return UNREADABLE
        if not np.isfinite(predictions.maps[channel]).all():
            return NOT_KNOWN
        if case.pathology is None:
            return "the case has no pathology mask"
        small = case.pathology[channel].astype(bool).mean() < self.min_area
        return "its mask is too small to tell" if small else ""
