# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Criterion: no near-duplicate of an image accepted earlier in the same run.

Takes the image and the perceptual descriptors of accepted images; fails above a correlation.
"""

from __future__ import annotations

from aurad_monai.case import Case
from aurad_monai.filtering.criteria.criterion import (
    UNREADABLE,
    CriterionResult,
    ExpertPredictions,
    at_most,
    not_evaluated,
)
from aurad_monai.filtering.memorization.kept_images import KeptImages
from aurad_monai.filtering.memorization.perceptual_descriptor import WHOLE, descriptors


class NearDuplicate:
    """Correlation with the most similar image accepted before it in the run, also mirrored.

    Args:
        threshold: maximum correlation. Images of one run may share their anatomy, so it is set for repeats, which are
            near 1, and not for similar anatomies.
    """

    name = "near_duplicate"

    def __init__(self, threshold: float = 0.98) -> None:
        self.threshold = threshold

    def evaluate_in_run(
        self, case: Case, predictions: ExpertPredictions | None, kept: KeptImages, passed: bool
    ) -> list[CriterionResult]:
        """Compare with what was kept, and keep the image where everything else lets it pass."""
        if predictions is None or case.image is None:
            return [not_evaluated(self.name, UNREADABLE)]
        descriptor = descriptors(case.image, WHOLE)
        similarity, other = kept.nearest(descriptor)
        unique = similarity <= self.threshold
        if passed and unique:
            kept.add(case.id, descriptor)
        statements = ("the image repeats no image of this run", f"the image repeats {other} of this run")
        return [at_most(self.name, similarity, self.threshold, statements, "correlation")]
