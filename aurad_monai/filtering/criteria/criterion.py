# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Interface of the filter's criteria: protocols for masks, images and runs, and the result that each returns.

A criterion takes a case and the experts' predictions for its image. It returns one `CriterionResult` a check: score,
threshold, pass or fail, and the reason as a sentence. A check that cannot be made (the expert does not know the
finding, no threshold was calibrated, the lesion is too small) has `evaluated=False` and rejects nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from aurad_monai.case import Case
from aurad_monai.filtering.memorization.kept_images import KeptImages


@dataclass(frozen=True)
class CriterionResult:
    """What one criterion says of one case.

    Args:
        criterion: name of the criterion and what it judged: `finding_detected.effusion`; unique within a case.
        score: what was measured; NaN where nothing could be.
        threshold: what it was compared with; NaN where there is none.
        passed: False rejects the case.
        reason: a sentence with the numbers in it.
        evaluated: False where nothing could be judged; such a result rejects nothing and counts for nothing.
    """

    criterion: str
    score: float
    threshold: float
    passed: bool
    reason: str
    evaluated: bool = True


def not_evaluated(criterion: str, why: str, score: float = math.nan) -> CriterionResult:
    """A result that says it is none, and why."""
    return CriterionResult(criterion, score, math.nan, True, f"not evaluated: {why}", evaluated=False)


@dataclass(frozen=True)
class ExpertPredictions:
    """What the experts see in one image.

    Args:
        anatomy: (3, H, W) uint8, the chest as the anatomy expert segments it.
        maps: (findings, H, W) probability of each finding at each pixel, NaN for findings the expert does not know.
        scores: (findings,) probability of each finding anywhere, NaN likewise.
        features: (F,) of the anatomy expert's network, or None where it gives none.
    """

    anatomy: npt.NDArray[np.uint8]
    maps: npt.NDArray[np.float32]
    scores: npt.NDArray[np.float32]
    features: npt.NDArray[np.float32] | None = None


@runtime_checkable
class MaskCriterion(Protocol):
    """Judges anatomy and pathology alone, before any image is sampled."""

    name: str

    def evaluate_masks(self, case: Case) -> list[CriterionResult]:
        """One result for each thing it looked at; empty where the case asks for nothing it judges."""
        ...


@runtime_checkable
class ImageCriterion(Protocol):
    """Judges the image; `predictions` is None where the pixels are such that no expert can look at them."""

    name: str

    def evaluate(self, case: Case, predictions: ExpertPredictions | None) -> list[CriterionResult]:
        """One result for each thing it looked at; empty where the case asks for nothing it judges."""
        ...


@runtime_checkable
class RunCriterion(Protocol):
    """Judges an image beside those of its run, after all other criteria."""

    name: str

    def evaluate_in_run(
        self, case: Case, predictions: ExpertPredictions | None, kept: KeptImages, passed: bool
    ) -> list[CriterionResult]:
        """One result for each thing it looked at.

        Args:
            case: with its image.
            predictions: None where no expert can look at it.
            kept: images of the run so far; takes this one if it is kept.
            passed: whether every other image criterion let it pass.
        """
        ...


Criterion = MaskCriterion | ImageCriterion | RunCriterion
