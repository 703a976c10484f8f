# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Criterion: no near-duplicate of an image accepted earlier in the same run.

Takes the image and the perceptual descriptors of accepted images; fails above a correlation.
"""

from __future__ import annotations

import numpy as np

from aurad_monai.filtering.criteria.criterion import CriterionResult, ExpertPredictions, JudgedCase, not_evaluated
from aurad_monai.filtering.memorization.perceptual_descriptor import WHOLE, Descriptors, descriptors, flipped


class NearDuplicate:
    """Correlation with the most similar image kept before it in the run, mirrored ones too.

    Args:
        threshold: highest correlation. Images of one run may share their anatomy, so it is set for repeats, which come
            near 1, and not for chests that look alike.
    """

    name = "near_duplicate"

    def __init__(self, threshold: float = 0.98) -> None:
        self.threshold = threshold
        self._ids: list[str] = []
        self._descriptors: list[Descriptors] = []

    def start_run(self) -> None:
        """Forget the images of an earlier run."""
        self._ids.clear()
        self._descriptors.clear()

    def evaluate_in_run(
        self, case: JudgedCase, predictions: ExpertPredictions | None, kept: bool
    ) -> list[CriterionResult]:
        """Compare with what was kept, and remember the image where everything else lets it pass."""
        if predictions is None or case.image is None:
            return [not_evaluated(self.name, "the experts cannot look at this image")]
        descriptor = descriptors(case.image, WHOLE)
        similarity, other = self._nearest(descriptor)
        passed = similarity <= self.threshold
        if kept and passed:
            self._ids.append(case.id)
            self._descriptors.append(descriptor[0])
        verb = "repeats no image of this run" if passed else f"repeats {other} of this run"
        reason = f"the image {verb}: correlation {similarity:.3f} (at most {self.threshold:.3f})"
        return [CriterionResult(self.name, similarity, self.threshold, passed, reason)]

    def _nearest(self, descriptor: Descriptors) -> tuple[float, str]:
        if not self._descriptors:
            return 0.0, ""
        similar = np.stack(self._descriptors) @ np.concatenate([descriptor, flipped(descriptor)]).T
        best = int(similar.max(axis=1).argmax())
        return float(similar[best].max()), self._ids[best]
