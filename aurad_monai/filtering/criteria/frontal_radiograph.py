# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Criterion: the image has valid intensities, contrast, little saturation, and two lungs of plausible size and order.

Takes the image and the anatomy expert's segmentation; fails on each property out of its range.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from aurad_monai.case import Case
from aurad_monai.filtering.criteria.criterion import CriterionResult, ExpertPredictions, not_evaluated

WHITE = 0.99
"""Intensity from which a pixel counts as saturated."""
BLACK = 0.01
"""Intensity up to which a pixel counts as black; collimation and padding are black in real radiographs."""


def unreadable(image: npt.NDArray[np.floating[Any]] | None, tolerance: float = 1e-4) -> str | None:
    """Why no expert can look at an image, in words, or None where they can."""
    if image is None:
        return "there is no image"
    if image.ndim != 3 or image.shape[0] != 1:
        return f"the image has shape {image.shape}, not (1, H, W)"
    if not np.isfinite(image).all():
        return "the image contains NaN or infinite values"
    low, high = float(image.min()), float(image.max())
    if low < -tolerance or high > 1 + tolerance:
        return f"the image has values from {low:.3g} to {high:.3g}, not within 0 to 1"
    return None


class FrontalRadiograph:
    """Finite values in range, contrast, no large saturated area, two lungs of plausible size in the right order.

    Args:
        min_std: standard deviation below which an image is flat.
        max_white: largest share of saturated pixels.
        max_black: largest share of black pixels.
        lung_area: least and largest area of one lung, as fractions of the frame.
    """

    name = "frontal_radiograph"

    def __init__(
        self,
        min_std: float = 0.05,
        max_white: float = 0.05,
        max_black: float = 0.5,
        lung_area: tuple[float, float] = (0.02, 0.35),
    ) -> None:
        self.min_std = min_std
        self.max_white = max_white
        self.max_black = max_black
        self.lung_area = (float(lung_area[0]), float(lung_area[1]))

    def evaluate(self, case: Case, predictions: ExpertPredictions | None) -> list[CriterionResult]:
        """A result for each property; the first alone where the image cannot be looked at."""
        why = unreadable(case.image)
        if why or case.image is None:
            return [CriterionResult(f"{self.name}.readable", 0.0, 1.0, False, str(why))]
        results = self._pixels(case.image)
        return results + (
            self._lungs(predictions)
            if predictions
            else [not_evaluated(f"{self.name}.lungs", "no expert looked at the image")]
        )

    def _pixels(self, image: npt.NDArray[np.floating[Any]]) -> list[CriterionResult]:
        deviation = float(image.std())
        white, black = float((image >= WHITE).mean()), float((image <= BLACK).mean())
        return [
            self._least("contrast", deviation, self.min_std, "the image has contrast", "the image is flat"),
            self._most("white", white, self.max_white, "little of the image is saturated", "the image is saturated"),
            self._most("black", black, self.max_black, "little of the image is black", "the image is black"),
        ]

    def _lungs(self, predictions: ExpertPredictions) -> list[CriterionResult]:
        least, most = self.lung_area
        areas = [float(predictions.anatomy[channel].mean()) for channel in (0, 1)]
        results = [
            self._least("smaller_lung", min(areas), least, "two lungs are found", "a lung is missing or tiny"),
            self._most("larger_lung", max(areas), most, "no lung is too large", "a lung fills too much of the image"),
        ]
        if min(areas) > 0:
            left, right = (_center_column(predictions.anatomy[channel]) for channel in (0, 1))
            good, bad = "the right lung lies on the image's left", "the lungs are in the wrong order"
            results.append(self._least("order", left - right, 0.0, good, bad))
        return results

    def _least(self, subject: str, score: float, threshold: float, good: str, bad: str) -> CriterionResult:
        passed = score >= threshold
        reason = f"{good if passed else bad}: {score:.3f} (least {threshold:.3f})"
        return CriterionResult(f"{self.name}.{subject}", score, threshold, passed, reason)

    def _most(self, subject: str, score: float, threshold: float, good: str, bad: str) -> CriterionResult:
        passed = score <= threshold
        reason = f"{good if passed else bad}: {score:.3f} (at most {threshold:.3f})"
        return CriterionResult(f"{self.name}.{subject}", score, threshold, passed, reason)


def _center_column(mask: npt.NDArray[np.generic]) -> float:
    """Mean column of a mask (H, W), as a fraction of the width."""
    return float(np.nonzero(mask)[1].mean() / mask.shape[-1])
