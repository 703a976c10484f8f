# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""View, sex and age: classifiers fitted to real training images tell whether images show what was requested.

Takes measured sets with features and demographics; gives an AUROC a question, that of unseen real images beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from aurad_monai.errors import InputError
from aurad_monai.evaluation.images.radiomics import RADIOMICS
from aurad_monai.evaluation.measure import Batch, Measured
from aurad_monai.evaluation.metric_result import MetricResult
from aurad_monai.prompts.finding import ClinicalFindings
from aurad_monai.statistics import UNKNOWN, Interval, auroc, statistic_interval

KEY = "demographics"
VIEW, SEX, AGE = range(3)
OLD = 60
MIN_CASES = 5
"""Cases of either answer, below which no classifier is fitted or tested."""
QUESTIONS: Mapping[str, Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]]] = {
    "PA view": lambda patients: patients[:, VIEW],
    "female": lambda patients: patients[:, SEX],
    f"{OLD} years or older": lambda patients: np.where(
        np.isfinite(patients[:, AGE]), (patients[:, AGE] >= OLD).astype(np.float64), np.nan
    ),
}
"""Question to its answers (N,): 1 yes, 0 no, NaN where the record does not say."""


class Demographics:
    """A measure: `demographics` (B, 3) of each case: 1 for PA, 1 for female, years; NaN where not stated."""

    identity = "demographics 1"

    def __call__(self, batch: Batch) -> Mapping[str, npt.NDArray[np.float64]]:
        """Args: batch of cases. Returns the array by its name."""
        return {KEY: np.stack([demographics_of(case.findings) for case in batch.cases])}


def demographics_of(findings: ClinicalFindings) -> npt.NDArray[np.float64]:
    """One request or record: 1 for PA, 1 for female, years; NaN where not stated."""
    view = np.nan if findings.view is None else float(findings.view == "PA")
    sex = np.nan if findings.sex is None else float(findings.sex == "female")
    return np.array([view, sex, np.nan if findings.age is None else float(findings.age)])


def demographic_adherence(synthetic: Measured, reference: Measured, train: Measured) -> list[MetricResult]:
    """Fit a logistic regression a question to real training images and test it on both other sets.

    Args:
        synthetic: images made for a stated view, sex and age.
        reference: unseen real images, the ceiling.
        train: real images that the classifiers are fitted to; all three measured by the same encoders and
            `Demographics`.

    Raises:
        InputError: the training images state neither view, sex nor age.
    """
    results = []
    for name, answer in QUESTIONS.items():
        scores = _fit(features(train), answer(train.values[KEY]))
        if scores is None:
            continue
        value, count = _tested(scores, synthetic, answer)
        real, real_count = _tested(scores, reference, answer)
        results.append(
            MetricResult("attribute_adherence", "AUROC of a classifier", value, count, name, real, real_count, "higher")
        )
    if not results:
        raise InputError("train", "cases without view, sex and age", "a datalist that states them", "add them to it")
    return results


def features(measured: Measured) -> npt.NDArray[np.float64]:
    """Features of all encoders side by side, (N, F)."""
    names = [key for key in measured.values if key.startswith("features/") and key != f"features/{RADIOMICS}"]
    if not names:
        raise InputError("encoders", RADIOMICS, "one that classifiers can be fitted to", "add anatomy to --encoders")
    return np.concatenate([measured.values[name] for name in names], axis=1).astype(np.float64)


Score = Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]]


def _fit(inputs: npt.NDArray[np.float64], answers: npt.NDArray[np.float64]) -> Score | None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    known = np.isfinite(answers)
    if min((answers[known] == 1).sum(), (answers[known] == 0).sum()) < MIN_CASES:
        return None
    classifier = make_pipeline(StandardScaler(), LogisticRegression(C=0.003, max_iter=2000, class_weight="balanced"))
    classifier.fit(inputs[known], answers[known])
    score: Score = classifier.decision_function
    return score


def _tested(score: Score, measured: Measured, answer: Callable[..., Any]) -> tuple[Interval, int]:
    answers = answer(measured.values[KEY])
    known = np.isfinite(answers)
    if min((answers[known] == 1).sum(), (answers[known] == 0).sum()) < MIN_CASES:
        return UNKNOWN, 0
    found, there = score(features(measured)[known]), answers[known] == 1
    interval = statistic_interval(auroc, (found[there], found[~there]), 1000)
    return interval, int(known.sum())
