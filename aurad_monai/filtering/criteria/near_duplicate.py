# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Criterion: the image does not repeat one that this run has kept already."""

from __future__ import annotations

import numpy as np

from aurad_monai.filtering.copies.copy_code import WHOLE, Codes, codes, flipped
from aurad_monai.filtering.criteria.criterion import JudgedCase, Judgement, Sight, not_judged


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
        self._codes: list[Codes] = []

    def start_run(self) -> None:
        """Forget the images of an earlier run."""
        self._ids.clear()
        self._codes.clear()

    def judge_in_run(self, case: JudgedCase, sight: Sight | None, kept: bool) -> list[Judgement]:
        """Compare with what was kept, and remember the image where everything else lets it pass."""
        if sight is None or case.image is None:
            return [not_judged(self.name, "the experts cannot look at this image")]
        code = codes(case.image, WHOLE)
        similarity, other = self._nearest(code)
        passed = similarity <= self.threshold
        if kept and passed:
            self._ids.append(case.id)
            self._codes.append(code[0])
        verb = "repeats no image of this run" if passed else f"repeats {other} of this run"
        reason = f"the image {verb}: correlation {similarity:.3f} (at most {self.threshold:.3f})"
        return [Judgement(self.name, similarity, self.threshold, passed, reason)]

    def _nearest(self, code: Codes) -> tuple[float, str]:
        if not self._codes:
            return 0.0, ""
        similar = np.stack(self._codes) @ np.concatenate([code, flipped(code)]).T
        best = int(similar.max(axis=1).argmax())
        return float(similar[best].max()), self._ids[best]
