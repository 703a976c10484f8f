# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The expert filter: runs the experts and all criteria on a case and accepts or rejects it.

Takes cases (masks, and images where there are); gives criterion results and a `FilterResult` with the reasons of
rejection.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from aurad_monai.experts.anatomy import AnatomyExpert
from aurad_monai.experts.expert import FloatArray
from aurad_monai.experts.findings import FindingsExpert
from aurad_monai.filtering.criteria.criterion import (
    Criterion,
    CriterionResult,
    ExpertPredictions,
    ImageCriterion,
    JudgedCase,
    MaskCriterion,
    RunCriterion,
)
from aurad_monai.filtering.criteria.frontal_radiograph import unreadable


@dataclass(frozen=True)
class FilterResult:
    """What the filter says of a case.

    Args:
        accepted: something was judged, and nothing failed.
        reasons: why the case was rejected, a sentence for each result that failed; empty where accepted.
        scores: what was measured, by `CriterionResult.criterion`; measures that could not be taken are left out.
        not_evaluated: what could not be judged, a sentence each.
    """

    accepted: bool
    reasons: tuple[str, ...]
    scores: dict[str, float]
    not_evaluated: tuple[str, ...] = ()

    @classmethod
    def of(cls, results: Iterable[CriterionResult]) -> FilterResult:
        """The verdict of results, those of the masks and those of the image together."""
        results = tuple(results)
        failed = tuple(item.reason for item in results if not item.passed)
        unevaluated = tuple(f"{item.criterion}: {item.reason}" for item in results if not item.evaluated)
        scores = {item.criterion: float(item.score) for item in results if math.isfinite(item.score)}
        judged = any(item.evaluated for item in results)
        reasons = failed if judged else ("nothing could be judged",)
        return cls(judged and not failed, reasons, scores, unevaluated)


class ExpertFilter:
    """Judge cases by experts and criteria.

    Args:
        anatomy_expert: segments the chest of an image.
        findings_expert: sees findings in an image.
        criteria: in the order in which they judge; those of masks run without an image.

    Attributes:
        seconds: spent so far, by criterion, and by `experts` for looking at images.
    """

    def __init__(
        self,
        anatomy_expert: AnatomyExpert,
        findings_expert: FindingsExpert,
        criteria: Sequence[Criterion],
    ) -> None:
        self.anatomy_expert = anatomy_expert
        self.findings_expert = findings_expert
        self.mask_criteria = [item for item in criteria if isinstance(item, MaskCriterion)]
        self.image_criteria = [item for item in criteria if isinstance(item, ImageCriterion)]
        self.run_criteria = [item for item in criteria if isinstance(item, RunCriterion)]
        self.seconds: dict[str, float] = {}

    def start_run(self) -> None:
        """Forget what was judged before, so that cases are compared with those of their own run only."""
        self.seconds.clear()
        for criterion in self.run_criteria:
            criterion.start_run()

    def evaluate_masks(self, case: JudgedCase) -> list[CriterionResult]:
        """Judge anatomy and pathology of a case, before any time is spent on its image."""
        results: list[CriterionResult] = []
        for criterion in self.mask_criteria:
            with self._timed(criterion.name):
                results += criterion.evaluate_masks(case)
        return results

    def evaluate(self, cases: Sequence[JudgedCase]) -> list[list[CriterionResult]]:
        """Judge the images of a batch; images of one size share a run of the experts.

        Returns:
            For each case the results of all image criteria. An image that no expert can look at never passes.
        """
        return [self._evaluate(case, predictions) for case, predictions in zip(cases, self._look(cases), strict=True)]

    def _evaluate(self, case: JudgedCase, predictions: ExpertPredictions | None) -> list[CriterionResult]:
        results: list[CriterionResult] = []
        for criterion in self.image_criteria:
            with self._timed(criterion.name):
                results += criterion.evaluate(case, predictions)
        if predictions is None and all(item.passed for item in results):
            results.append(CriterionResult("readable_image", 0.0, 1.0, False, str(unreadable(case.image))))
        kept = all(item.passed for item in results)
        for beside in self.run_criteria:
            with self._timed(beside.name):
                results += beside.evaluate_in_run(case, predictions, kept)
        return results

    def _look(self, cases: Sequence[JudgedCase]) -> list[ExpertPredictions | None]:
        predicted: list[ExpertPredictions | None] = [None] * len(cases)
        by_size: dict[tuple[int, ...], list[int]] = {}
        for index, case in enumerate(cases):
            if case.image is not None and unreadable(case.image) is None:
                by_size.setdefault(case.image.shape, []).append(index)
        with self._timed("experts"):
            for indices in by_size.values():
                images = np.stack([np.asarray(cases[index].image, dtype=np.float32) for index in indices])
                for index, predictions in zip(indices, self._predict(images), strict=True):
                    predicted[index] = predictions
        return predicted

    def _predict(self, images: FloatArray) -> list[ExpertPredictions]:
        predict = getattr(self.anatomy_expert, "predict_with_features", None)  # experts of others give no features
        anatomy, features = predict(images) if predict else (self.anatomy_expert(images), None)
        maps = self.findings_expert(images)
        scores = self.findings_expert.scores(maps)
        return [
            ExpertPredictions(
                anatomy[index],
                maps[index],
                scores[index],
                None if features is None else features[index],
            )
            for index in range(len(images))
        ]

    @contextmanager
    def _timed(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start
