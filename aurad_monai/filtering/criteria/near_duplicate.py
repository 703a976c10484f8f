# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Criterion: no near-duplicate of an image accepted earlier in the same run.

Takes the image and the perceptual descriptors of accepted images; fails above a correlation.
"""

from __future__ import annotations

from aurad_monai.case import Case
from aurad_monai.filtering.criteria.criterion import CriterionResult, ExpertPredictions, not_evaluated
from aurad_monai.filtering.memorization.kept_images import KeptImages
from aurad_monai.filtering.memorization.perceptual_descriptor import WHOLE, descriptors


class NearDuplicate:
    """Correlation with the most similar image kept before it in the run, mirrored ones too.

    Args:
        threshold: highest correlation. Images of one run may share their anatomy, so it is set for repeats, which come
            near 1, and not for chests that look alike.
    """

    name = "near_duplicate"

    def __init__(self, threshold: float = 0.98) -> None:
        self.threshold = threshold

    def evaluate_in_run(
        self, case: Case, predictions: ExpertPredictions | None, kept: KeptImages, passed: bool
    ) -> list[CriterionResult]:
        """Compare with what was kept, and keep the image where everything else lets it pass."""
        if predictions is None or case.image is None:
            return [not_evaluated(self.name, "the experts cannot look at this image")]
        descriptor = descriptors(case.image, WHOLE)
        similarity, other = kept.nearest(descriptor)
        unique = similarity <= self.threshold
        if passed and unique:
            kept.add(case.id, descriptor)
        verb = "repeats no image of this run" if unique else f"repeats {other} of this run"
        reason = f"the image {verb}: correlation {similarity:.3f} (at most {self.threshold:.3f})"
        return [CriterionResult(self.name, similarity, self.threshold, unique, reason)]
