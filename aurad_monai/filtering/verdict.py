# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The expert filter: runs the experts and all criteria on a case and accepts or rejects it.

Takes cases (masks, and images where there are); gives criterion results, and cases that carry the verdict.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from aurad_monai.bundles.bundle import check_weights
from aurad_monai.case import Array, Case
from aurad_monai.experts.anatomy import AnatomyExpert
from aurad_monai.experts.expert import FloatArray
from aurad_monai.experts.findings import FindingsExpert
from aurad_monai.experts.marked_findings import MarkedFindings
from aurad_monai.filtering.criteria.criterion import (
    Criterion,
    CriterionResult,
    ExpertPredictions,
    ImageCriterion,
    MaskCriterion,
    RunCriterion,
)
from aurad_monai.filtering.criteria.frontal_radiograph import unreadable
from aurad_monai.filtering.criteria.memorization import Memorization
from aurad_monai.filtering.gate import Gate
from aurad_monai.filtering.memorization.copy_index import FILE, CopyIndex
from aurad_monai.filtering.memorization.kept_images import KeptImages
from aurad_monai.filtering.not_judged import not_judged, strict_results, unchecked
from aurad_monai.filtering.power import PowerTable
from aurad_monai.io.case_set import has_masks
from aurad_monai.io.resize import case_at_most


@dataclass
class FilterRun:
    """State of one run of the filter; the filter itself has none.

    Args:
        kept: images accepted so far, for near duplicates within the run; None compares no image with another, so that a
            verdict depends on its case alone.
        seconds: spent so far, by criterion, and under `experts` for the experts' predictions.
        strict: reject a case with a finding that cannot be judged in its image.
    """

    kept: KeptImages | None = field(default_factory=KeptImages)
    seconds: dict[str, float] = field(default_factory=dict)
    strict: bool = False

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Add the seconds of a block."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start


def with_results(case: Case, results: Sequence[CriterionResult]) -> Case:
    """The case with scores, reasons and unjudged findings of results added; one that did not pass rejects it."""
    failed = [item for item in results if not item.passed]
    scores = {item.criterion: float(item.score) for item in results if math.isfinite(item.score)}
    return replace(
        case,
        accepted=case.accepted and not failed,
        reasons=(*case.reasons, *(item.reason for item in failed)),
        rejected_by=(*case.rejected_by, *(item.criterion for item in failed)),
        scores={**case.scores, **scores},
        not_judged={**case.not_judged, **not_judged(results)},
    )


NO_VERDICT: dict[str, Any] = {"accepted": True, "reasons": (), "rejected_by": (), "scores": {}, "not_judged": {}}


def with_verdict(case: Case, results: Sequence[CriterionResult]) -> Case:
    """The case with the verdict of all its results, whatever an earlier one said.

    A case of which nothing could be evaluated is rejected.
    """
    judged = with_results(replace(case, **NO_VERDICT), results)
    if any(item.evaluated for item in results):
        return judged
    return replace(judged, accepted=False, reasons=("nothing could be evaluated",))


class ExpertFilter:
    """Evaluates cases by experts and criteria.

    Args:
        anatomy_expert: segments lungs and heart of an image.
        findings_expert: localizes findings in an image.
        marked_expert: says whether an image shows findings at their masks.
        criteria: in the order of evaluation; those of masks need no image.
        power: what the criteria have shown; one without power rejects nothing. None lets every criterion judge.
        size: edge in pixels at which thresholds were calibrated; larger cases are averaged down to it.
    """

    def __init__(
        self,
        anatomy_expert: AnatomyExpert,
        findings_expert: FindingsExpert,
        marked_expert: MarkedFindings,
        criteria: Sequence[Criterion],
        power: PowerTable | None = None,
        size: int = 256,
    ) -> None:
        self.power, self.size = power, size
        self.gate = Gate(anatomy_expert, criteria)
        self.anatomy_expert = anatomy_expert
        self.findings_expert, self.marked_expert = findings_expert, marked_expert
        self.mask_criteria = [item for item in criteria if isinstance(item, MaskCriterion)]
        self.image_criteria = [item for item in criteria if isinstance(item, ImageCriterion)]
        self.run_criteria = [item for item in criteria if isinstance(item, RunCriterion)]

    def know_generator(self, image_bundle: Path) -> None:
        """Look for copies of the images that a generator was trained on too, where its bundle has an index of them.

        Raises:
            InputError: a weight file of the bundle is not the one that it lists.
        """
        path = image_bundle / "models" / FILE
        if not path.is_file():
            return
        check_weights(image_bundle)
        for criterion in self.image_criteria:
            if isinstance(criterion, Memorization):
                criterion.index = criterion.index.joined(CopyIndex.from_file(path))

    def evaluate_masks(self, case: Case, run: FilterRun | None = None) -> list[CriterionResult]:
        """Results of the mask criteria, before any time is spent on the image of a case."""
        run, results = run or FilterRun(kept=None), list[CriterionResult]()
        case = case_at_most(case, self.size)
        for criterion in self.mask_criteria:
            with run.timed(criterion.name):
                results += self._judging(criterion.evaluate_masks(case))
        return results

    def evaluate(self, cases: Sequence[Case], run: FilterRun | None = None) -> list[list[CriterionResult]]:
        """Results of the image criteria for a batch; images of one size share a forward pass of the experts.

        Args:
            cases: with images.
            run: gathers seconds and accepted images; None evaluates each case by itself.

        Returns:
            For each case the results of all image criteria. An image that the experts cannot read never passes.
        """
        run, cases = run or FilterRun(kept=None), [case_at_most(case, self.size) for case in cases]
        return [
            self._evaluate(case, predictions, run)
            for case, predictions in zip(cases, self._predictions(cases, run), strict=True)
        ]

    def _evaluate(self, case: Case, predictions: ExpertPredictions | None, run: FilterRun) -> list[CriterionResult]:
        results: list[CriterionResult] = []
        for criterion in self.image_criteria:
            with run.timed(criterion.name):
                results += self._judging(criterion.evaluate(case, predictions))
        if predictions is None and all(item.passed for item in results):
            results.append(CriterionResult("readable_image", 0.0, 1.0, False, str(unreadable(case.image))))
        results += unchecked(case, results)
        results += strict_results(results) if run.strict else []
        passed = all(item.passed for item in results)
        if run.kept is not None:
            for beside in self.run_criteria:
                with run.timed(beside.name):
                    results += self._judging(beside.evaluate_in_run(case, predictions, run.kept, passed))
        return results

    def _judging(self, results: Sequence[CriterionResult]) -> list[CriterionResult]:
        """Results of which those whose check has shown no power reject nothing."""
        return [self.power.judging(item) if self.power else item for item in results]

    def _predictions(self, cases: Sequence[Case], run: FilterRun) -> list[ExpertPredictions | None]:
        predicted: list[ExpertPredictions | None] = [None] * len(cases)
        by_size: dict[tuple[int, ...], list[int]] = {}
        for index, case in enumerate(cases):
            if case.image is not None and unreadable(case.image) is None:
                by_size.setdefault(case.image.shape, []).append(index)
        with run.timed("experts"):
            for indices in by_size.values():
                images = np.stack([np.asarray(cases[index].image, dtype=np.float32) for index in indices])
                masks = [cases[index].pathology if has_masks(cases[index]) else None for index in indices]
                for index, predictions in zip(indices, self._predict(images, masks), strict=True):
                    predicted[index] = predictions
        return predicted

    def _predict(self, images: FloatArray, masks: Sequence[Array | None]) -> list[ExpertPredictions]:
        predict = getattr(self.anatomy_expert, "predict_with_features", None)  # experts of others give no features
        anatomy, features = predict(images) if predict else (self.anatomy_expert(images), None)
        maps = self.findings_expert(images)
        scores = self.findings_expert.scores(maps)
        marked = self.marked_expert(images, np.stack([_or_empty(mask, maps) for mask in masks]))
        return [
            ExpertPredictions(
                anatomy[index],
                maps[index],
                scores[index],
                None if features is None else features[index],
                None if masks[index] is None else marked[index],
            )
            for index in range(len(images))
        ]


def _or_empty(mask: Array | None, maps: FloatArray) -> Array:
    """The masks of a case, or none (findings, H, W)."""
    return np.zeros(maps.shape[1:], dtype=bool) if mask is None else mask
