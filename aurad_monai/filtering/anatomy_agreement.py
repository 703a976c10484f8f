# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Criterion: the lungs found again in the image are the lungs that were asked for."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from aurad_monai import vocabulary
from aurad_monai.filtering.criterion import JudgedCase, Judgement, Sight, not_judged

LUNGS = ("left_lung", "right_lung")


def dice(first: npt.NDArray[np.generic], second: npt.NDArray[np.generic]) -> float:
    """Dice coefficient of two masks; NaN where both are empty."""
    one, two = first.astype(bool), second.astype(bool)
    total = int(one.sum()) + int(two.sum())
    return 2 * int((one & two).sum()) / total if total else float("nan")


class AnatomyAgreement:
    """Dice of each lung between the asked anatomy and the one the anatomy expert sees; the worse counts.

    Args:
        threshold: least Dice.
    """

    name = "anatomy_agreement"

    def __init__(self, threshold: float = 0.85) -> None:
        self.threshold = threshold

    def judge(self, case: JudgedCase, sight: Sight | None) -> list[Judgement]:
        """One judgement, of the lung that agrees less."""
        if sight is None:
            return [not_judged(self.name, "the experts cannot look at this image")]
        channels = [vocabulary.ANATOMY_NAMES.index(lung) for lung in LUNGS]
        if not all(np.any(case.anatomy[channel]) for channel in channels):
            reason = "the asked anatomy lacks a lung, so nothing in the image can agree with it"
            return [Judgement(self.name, 0.0, self.threshold, False, reason)]
        scores = [dice(case.anatomy[channel], sight.anatomy[channel]) for channel in channels]
        worse = int(np.argmin(scores))
        passed = scores[worse] >= self.threshold
        verb = "agrees" if passed else "does not agree"
        lung = LUNGS[worse].replace("_", " ")
        reason = f"the {lung} seen in the image {verb} with the asked one: Dice {scores[worse]:.2f}"
        return [Judgement(self.name, scores[worse], self.threshold, passed, f"{reason} (least {self.threshold:.2f})")]
