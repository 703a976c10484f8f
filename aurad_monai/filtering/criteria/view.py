# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Criterion: the image is a frontal chest radiograph that stands upright, heart on the patient's left, bones bright."""

from __future__ import annotations

from aurad_monai.filtering.copies.radiograph_space import RadiographSpace
from aurad_monai.filtering.criteria.criterion import JudgedCase, Judgement, Sight, not_judged


class View:
    """Probability of the upright view among all that `RadiographSpace` tells apart.

    Args:
        space: fitted to real radiographs and to what is made of them.
        threshold: least probability; None leaves it unjudged.
    """

    name = "view"

    def __init__(self, space: RadiographSpace, threshold: float | None = None) -> None:
        self.space = space
        self.threshold = threshold

    def judge(self, case: JudgedCase, sight: Sight | None) -> list[Judgement]:
        """One judgement."""
        if sight is None or sight.features is None:
            return [not_judged(self.name, "the experts give no features of this image")]
        if self.threshold is None:
            return [not_judged(self.name, "no calibrated threshold for the view")]
        views = self.space.views(sight.features)
        score = views["upright"]
        passed = score >= self.threshold
        likeliest = max(views, key=lambda name: views[name]).replace("_", " ")
        reason = f"the image stands upright: probability {score:.3f}"
        if not passed:
            reason = f"the image is no upright chest radiograph, most likely {likeliest}: probability {score:.3f}"
        return [Judgement(self.name, score, self.threshold, passed, f"{reason} (least {self.threshold:.3f})")]
