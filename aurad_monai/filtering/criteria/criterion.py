# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Interface of the filter's criteria: protocols for masks, images and runs, and the result that each returns.

A criterion takes a case and the experts' predictions for its image. It returns one `CriterionResult` a check: score,
threshold, pass or fail, and the reason as a sentence without numbers. A check that cannot be made (the expert does not
know the finding, no threshold was calibrated, the lesion is too small) has `evaluated=False` and rejects nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from aurad_monai import vocabulary
from aurad_monai.case import Case
from aurad_monai.filtering.memorization.kept_images import KeptImages
from aurad_monai.prompts.finding import Finding

NOT_JUDGED = "not judged"
"""Start of the reason of a check that could not be made."""


@dataclass(frozen=True)
class CriterionResult:
    """Result of one check of one criterion on one case.

    Args:
        criterion: name of the criterion and of what it checked: `finding_detected.effusion`; unique within a case.
        score: what was measured; NaN where nothing could be.
        threshold: its limit; NaN where there is none.
        passed: False rejects the case.
        reason: a sentence for users; the numbers are in `score` and `threshold`.
        evaluated: False where the check could not be made; such a result rejects nothing and counts for nothing.
        finding: the finding that the image was checked for, by its name in the vocabulary; empty for other checks.
        measure: what the score is, such as Dice.
    """

    criterion: str
    score: float
    threshold: float
    passed: bool
    reason: str
    evaluated: bool = True
    finding: str = ""
    measure: str = ""


def not_evaluated(criterion: str, why: str, score: float = math.nan, finding: str = "") -> CriterionResult:
    """A result that says why the check could not be made."""
    return CriterionResult(criterion, score, math.nan, True, f"{NOT_JUDGED}: {why}", evaluated=False, finding=finding)


def at_least(
    criterion: str, score: float, threshold: float, statements: tuple[str, str], measure: str, finding: str = ""
) -> CriterionResult:
    """The result of a score that must not be below its threshold; NaN fails.

    Args:
        criterion: name of the criterion and of what it checked.
        score: what was measured.
        threshold: its minimum.
        statements: a sentence for users where it passes, and one where it fails.
        measure: name of the score.
        finding: that the image is checked for, if it is.
    """
    passed = bool(score >= threshold)
    return CriterionResult(criterion, score, threshold, passed, statements[not passed], True, finding, measure)


def at_most(
    criterion: str, score: float, threshold: float, statements: tuple[str, str], measure: str, finding: str = ""
) -> CriterionResult:
    """The result of a score that must not be above its threshold; otherwise as `at_least`."""
    passed = bool(score <= threshold)
    return CriterionResult(criterion, score, threshold, passed, statements[not passed], True, finding, measure)


def in_words(name: str, items: Sequence[Finding]) -> str:
    """A requested finding with its place: "left pleural effusion", "bilateral nodules in the upper zone".

    Args:
        name: of the finding in the vocabulary.
        items: the requests for it; a place that they do not share is left out.
    """
    sides, zones = ({getattr(item, key) for item in items} for key in ("laterality", "zone"))
    side = "bilateral" if {"left", "right"} <= sides else next(iter(sides)) if len(sides) == 1 else None
    zone = next(iter(zones)) if len(zones) == 1 else None
    words = [side, vocabulary.finding(name).label, None if zone in (None, "diffuse") else f"in the {zone} zone"]
    return " ".join(word for word in words if word)


UNREADABLE = "the experts cannot read this image"


NOT_KNOWN = "the findings expert does not know it"
NO_THRESHOLD = "there is no threshold above which it is seen reliably"
"""Why a finding is not judged; the finding itself is named beside the reason."""


@dataclass(frozen=True)
class ExpertPredictions:
    """Predictions of the experts for one image.

    Args:
        anatomy: (3, H, W) uint8, segmented by the anatomy expert.
        maps: (findings, H, W) probability of each finding at each pixel, NaN for unknown findings.
        scores: (findings,) probability of each finding anywhere, NaN likewise.
        features: (F,) of the anatomy expert's network, or None where it gives none.
        marked: (findings,) logit that each finding is seen at its mask, NaN where it has none or is not known; None
            where the case has no masks.
    """

    anatomy: npt.NDArray[np.uint8]
    maps: npt.NDArray[np.float32]
    scores: npt.NDArray[np.float32]
    features: npt.NDArray[np.float32] | None = None
    marked: npt.NDArray[np.float32] | None = None


@runtime_checkable
class MaskCriterion(Protocol):
    """A criterion of the masks alone, evaluated before any image is sampled."""

    name: str

    def evaluate_masks(self, case: Case) -> list[CriterionResult]:
        """One result a check; empty where the case requests nothing that this criterion checks."""
        ...


@runtime_checkable
class ImageCriterion(Protocol):
    """A criterion of the image; `predictions` is None for an image that the experts cannot read."""

    name: str

    def evaluate(self, case: Case, predictions: ExpertPredictions | None) -> list[CriterionResult]:
        """One result a check; empty where the case requests nothing that this criterion checks."""
        ...


@runtime_checkable
class RunCriterion(Protocol):
    """A criterion of an image among those of its run, evaluated after all others."""

    name: str

    def evaluate_in_run(
        self, case: Case, predictions: ExpertPredictions | None, kept: KeptImages, passed: bool
    ) -> list[CriterionResult]:
        """One result a check.

        Args:
            case: with its image.
            predictions: None where the experts cannot read it.
            kept: images accepted so far in the run; this one is added if it passes.
            passed: whether it passed all other image criteria.
        """
        ...


Criterion = MaskCriterion | ImageCriterion | RunCriterion
