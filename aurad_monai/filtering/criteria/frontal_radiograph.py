# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Criterion: the image has valid intensities, contrast, little saturation, and two lungs of plausible size and order.

Takes the image, the anatomy expert's segmentation and, of a lung that dense findings hide, the masks; fails on each
property out of its range.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from aurad_monai import vocabulary
from aurad_monai.case import Case
from aurad_monai.filtering.criteria.anatomy_agreement import CHANNELS, OPAQUE
from aurad_monai.filtering.criteria.criterion import (
    UNREADABLE,
    CriterionResult,
    ExpertPredictions,
    at_least,
    at_most,
    not_evaluated,
)

WHITE = 0.99
"""Intensity from which a pixel counts as saturated."""
BLACK = 0.01
"""Intensity up to which a pixel counts as black; collimation and padding are black in real radiographs."""


def unreadable(image: npt.NDArray[np.floating[Any]] | None, tolerance: float = 1e-4) -> str | None:
    """Why the experts cannot read an image, as a sentence; None where they can."""
    if image is None:
        return "there is no image"
    if image.ndim != 3 or image.shape[0] != 1:
        return "the image is not a gray picture of one channel"
    if not np.isfinite(image).all():
        return "the image holds values that are no numbers"
    low, high = float(image.min()), float(image.max())
    if low < -tolerance or high > 1 + tolerance:
        return "the image has gray levels below black or above white"
    return None


class FrontalRadiograph:
    """Finite values in range, contrast, no large saturated area, two lungs of plausible size in the right order.

    Args:
        min_std: minimum standard deviation of the intensities.
        max_white: maximum share of saturated pixels.
        max_black: maximum share of black pixels.
        lung_area: minimum and maximum area of one lung, as fractions of the frame.
        hidden_by: findings beneath which no lung is seen; what their masks cover of a lung's mask is not missing.
    """

    name = "frontal_radiograph"

    def __init__(
        self,
        min_std: float = 0.05,
        max_white: float = 0.05,
        max_black: float = 0.5,
        lung_area: tuple[float, float] = (0.02, 0.35),
        hidden_by: Sequence[str] = OPAQUE,
    ) -> None:
        self.min_std = min_std
        self.max_white = max_white
        self.max_black = max_black
        self.lung_area = (float(lung_area[0]), float(lung_area[1]))
        self.hidden_by = [vocabulary.channel(name) for name in hidden_by]

    def evaluate(self, case: Case, predictions: ExpertPredictions | None) -> list[CriterionResult]:
        """One result a property; the first alone where the image cannot be read."""
        why = unreadable(case.image)
        if why or case.image is None:
            return [CriterionResult(f"{self.name}.readable", 0.0, 1.0, False, str(why))]
        lungs = self._lungs(case, predictions) if predictions else [not_evaluated(f"{self.name}.lungs", UNREADABLE)]
        return self._pixels(case.image) + lungs

    def _pixels(self, image: npt.NDArray[np.floating[Any]]) -> list[CriterionResult]:
        deviation = float(image.std())
        white, black = float((image >= WHITE).mean()), float((image <= BLACK).mean())
        contrast = ("the image has enough contrast", "the image has too little contrast")
        saturated = ("little of the image is white without detail", "too much of the image is white without detail")
        dark = ("little of the image is black", "too much of the image is black")
        return [
            at_least(f"{self.name}.contrast", deviation, self.min_std, contrast, "standard deviation of gray levels"),
            at_most(f"{self.name}.white", white, self.max_white, saturated, "share of white pixels"),
            at_most(f"{self.name}.black", black, self.max_black, dark, "share of black pixels"),
        ]

    def _lungs(self, case: Case, predictions: ExpertPredictions) -> list[CriterionResult]:
        minimum, maximum = self.lung_area
        areas = [float(predictions.anatomy[channel].mean()) for channel in CHANNELS]
        there = [float(self._there(case, predictions, channel).mean()) for channel in CHANNELS]
        present = ("both lungs are in the image", "a lung is missing in the image, or hardly any of it is seen")
        fitting = ("no lung is too large", "a lung fills too much of the image")
        results = [
            at_least(f"{self.name}.smaller_lung", min(there), minimum, present, "area of the smaller lung"),
            at_most(f"{self.name}.larger_lung", max(areas), maximum, fitting, "area of the larger lung"),
        ]
        if min(areas) > 0:
            left, right = (_center_column(predictions.anatomy[channel]) for channel in CHANNELS)
            order = ("the right lung is on the left of the image", "the left and the right lung are exchanged")
            results.append(at_least(f"{self.name}.order", left - right, 0.0, order, "distance of the lungs"))
        return results

    def _there(self, case: Case, predictions: ExpertPredictions, channel: int) -> npt.NDArray[np.bool_]:
        """Pixels (H, W) of a lung that are found, or that the masks say are hidden."""
        found: npt.NDArray[np.bool_] = predictions.anatomy[channel] > 0
        if case.pathology is None or case.anatomy is None:
            return found
        hidden = case.pathology[self.hidden_by].any(axis=0) & (case.anatomy[channel] > 0)
        return np.asarray(found | hidden)


def _center_column(mask: npt.NDArray[np.generic]) -> float:
    """Mean column of a mask (H, W), as a fraction of the width."""
    return float(np.nonzero(mask)[1].mean() / mask.shape[-1])
