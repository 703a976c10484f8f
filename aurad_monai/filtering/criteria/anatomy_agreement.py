# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Criterion: lungs and heart in the image match the anatomy mask (Dice of each lung, cardiothoracic ratio).

Takes the requested anatomy and the anatomy expert's segmentation; fails below a Dice or beyond a difference of ratios.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from aurad_monai import vocabulary
from aurad_monai.anatomy.cardiothoracic import cardiothoracic_ratio
from aurad_monai.case import Case
from aurad_monai.filtering.criteria.criterion import (
    UNREADABLE,
    CriterionResult,
    ExpertPredictions,
    at_least,
    at_most,
    not_evaluated,
)

LUNGS = ("left", "right")
CARDIOMEGALY, HEART = vocabulary.channel("cardiomegaly"), vocabulary.ANATOMY_NAMES.index("cardiomediastinum")
CHANNELS = tuple(vocabulary.ANATOMY_NAMES.index(f"{lung}_lung") for lung in LUNGS)
OPAQUE = tuple(term.name for term in vocabulary.FINDINGS if term.opaque)
"""Findings beneath which a lung is as bright as its surroundings."""


def dice(first: npt.NDArray[np.generic], second: npt.NDArray[np.generic]) -> float:
    """Dice coefficient of two masks; NaN where both are empty."""
    one, two = first.astype(bool), second.astype(bool)
    total = int(one.sum()) + int(two.sum())
    return 2 * int((one & two).sum()) / total if total else float("nan")


class AnatomyAgreement:
    """Dice of each lung between anatomy mask and the anatomy expert's segmentation, and the width of the heart.

    Experts do not segment a lung beneath an effusion, so pixels hidden by an opaque finding of the mask are left out of
    both. Of 41 validation pairs with their own anatomy 11 fell below 0.85 without this, and 3 with it;
    all 41 with the anatomy of another patient still did.

    Args:
        threshold: minimum Dice.
        hidden_by: findings whose pixels are left out.
        margin: how far around them pixels are left out too, as a fraction of the edge.
        min_visible: a lung of which a smaller fraction is left is not evaluated.
        ratio_tolerance: maximum difference of the cardiothoracic ratios; None leaves the heart out.
        outline_width: how much wider, in cardiothoracic ratio, a radiologist outlines an enlarged heart than the expert
            sees it in the same film; a heart that a mask of cardiomegaly widens may be seen narrower by as much.
    """

    name = "anatomy_agreement"

    def __init__(
        self,
        threshold: float = 0.85,
        hidden_by: Sequence[str] = OPAQUE,
        margin: float = 0.03,
        min_visible: float = 0.25,
        ratio_tolerance: float | None = None,
        outline_width: float = 0.0,
    ) -> None:
        self.threshold = threshold
        self.hidden_by = [vocabulary.channel(name) for name in hidden_by]
        self.margin = margin
        self.min_visible = min_visible
        self.ratio_tolerance = ratio_tolerance
        self.outline_width = outline_width

    def evaluate(self, case: Case, predictions: ExpertPredictions | None) -> list[CriterionResult]:
        """One result for the lung that matches less, and one for the heart's width where a tolerance is given."""
        if predictions is None:
            return [not_evaluated(self.name, UNREADABLE)]
        if case.anatomy is None:
            return [not_evaluated(self.name, "the case has no anatomy mask")]
        results = self._lungs(case, case.anatomy, predictions)
        if self.ratio_tolerance is not None:
            results.append(self._heart(case, case.anatomy, predictions, self.ratio_tolerance))
        return results

    def _lungs(
        self, case: Case, anatomy: npt.NDArray[np.uint8], predictions: ExpertPredictions
    ) -> list[CriterionResult]:
        lungs = [anatomy[channel].astype(bool) for channel in CHANNELS]
        if not all(lung.any() for lung in lungs):
            reason = "the anatomy mask lacks a lung, so that no image can match it"
            return [CriterionResult(self.name, 0.0, self.threshold, False, reason)]
        visible = ~self._hidden(case)
        scores = {
            name: dice(lung & visible, predictions.anatomy[channel].astype(bool) & visible)
            for name, channel, lung in zip(LUNGS, CHANNELS, lungs, strict=True)
            if (lung & visible).sum() >= self.min_visible * lung.sum()
        }
        if not scores:
            return [not_evaluated(self.name, "dense findings hide both lungs")]
        worse = min(scores, key=lambda name: scores[name])
        asked, seen = lungs[LUNGS.index(worse)] & visible, predictions.anatomy[CHANNELS[LUNGS.index(worse)]] > 0
        return [at_least(self.name, scores[worse], self.threshold, _statements(worse, asked, seen & visible), "Dice")]

    def _heart(
        self, case: Case, anatomy: npt.NDArray[np.uint8], predictions: ExpertPredictions, tolerance: float
    ) -> CriterionResult:
        criterion = f"{self.name}.cardiothoracic_ratio"
        requested, predicted = cardiothoracic_ratio(anatomy), cardiothoracic_ratio(predictions.anatomy)
        narrowest = requested - min(self.outline_width, _width_of_outline(case, anatomy))
        difference = max(narrowest - predicted, predicted - requested, 0.0)  # NaN stays NaN
        if math.isnan(difference):
            return not_evaluated(criterion, "no heart is found in the image or in the anatomy mask")
        word = "wider" if predicted > requested else "narrower"
        statements = ("the heart is as wide as in the mask", f"the heart is {word} than in the mask")
        return at_most(criterion, difference, tolerance, statements, "difference of the cardiothoracic ratios")

    def _hidden(self, case: Case) -> npt.NDArray[np.bool_]:
        if case.pathology is None:
            return np.zeros((1, 1), dtype=bool)  # hides nothing, in any frame
        opaque = np.asarray(case.pathology[self.hidden_by].astype(bool).any(axis=0))
        reach = self.margin * opaque.shape[-1]
        return np.asarray(ndimage.distance_transform_edt(~opaque) <= reach) if opaque.any() else opaque


def _width_of_outline(case: Case, anatomy: npt.NDArray[np.uint8]) -> float:
    """How much narrower the heart, in cardiothoracic ratio, would be without the outline of cardiomegaly in it.

    0 where there is no such outline, or where it is no part of the heart; infinite where it is all of it.
    """
    outline = None if case.pathology is None else case.pathology[CARDIOMEGALY] > 0
    if outline is None or not outline.any() or (outline & ~(anatomy[HEART] > 0)).any():
        return 0.0
    rest = anatomy.copy()
    rest[HEART][outline] = 0
    width = cardiothoracic_ratio(anatomy) - cardiothoracic_ratio(rest)
    return math.inf if math.isnan(width) else width


def _statements(lung: str, asked: npt.NDArray[np.bool_], seen: npt.NDArray[np.bool_]) -> tuple[str, str]:
    """What is said of the lung that matches less, by where it differs most from its mask."""
    beyond, missing = int((seen & ~asked).sum()), int((asked & ~seen).sum())
    wrong = "is found where the mask does not have it" if beyond > missing else "is not found where the mask has it"
    return "the lungs are found where the masks have them", f"the {lung} lung {wrong}"
