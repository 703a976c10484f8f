# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Are view, sex and age obeyed? Small classifiers fitted to real radiographs judge what was painted for drawn patients.

    python -m recipes.figures.painted_set --pairs DATA/pairs --output runs/patients --count 256 --random_patients
    python -m recipes.figures.patient_control --made runs/patients --radiographs DATA/cxr

Each classifier is a logistic regression on features of the built-in encoders, fitted to the training section of
DATA/cxr; its AUROC on the validation section says what it can see at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import fire
import numpy as np
import numpy.typing as npt

from aurad_monai.bundles.bundle import open_bundle
from aurad_monai.bundles.inventory import bundles_root
from aurad_monai.evaluation.images.encoder import BUILT_IN, open_encoder
from aurad_monai.evaluation.measure import measure
from aurad_monai.evaluation.metric_result import MetricResult
from aurad_monai.evaluation.report_text import table
from aurad_monai.generation.pipeline import FILTER_BUNDLE
from aurad_monai.io.case_set import CaseSet, open_cases
from aurad_monai.statistics import auroc, statistic_interval

ASKED: Mapping[str, Callable[[Any], bool | None]] = {
    "PA view": lambda patient: None if patient.view is None else patient.view == "PA",
    "female": lambda patient: None if patient.sex is None else patient.sex == "female",
    "60 years or older": lambda patient: None if patient.age is None else patient.age >= 60,
}
"""Questions with two answers; None where a record does not say."""
Features = npt.NDArray[np.float32]


def seen(cases: CaseSet, name: str, cache: Path | None) -> tuple[Features, list[Any]]:
    """Features of all encoders side by side (N, F), and the patient of each case."""
    judge = open_bundle(bundles_root() / FILTER_BUNDLE)
    found = measure(cases, [open_encoder(encoder, judge) for encoder in BUILT_IN], name, cache)
    features = np.concatenate([found.values[f"features/{encoder}"] for encoder in BUILT_IN], axis=1)
    return features, [cases[index].findings for index in found.indices]


def answers(patients: list[Any], question: Callable[[Any], bool | None]) -> tuple[npt.NDArray[np.int64], list[bool]]:
    """Indices of the cases whose record answers, and the answers."""
    given = {index: answer for index, patient in enumerate(patients) if (answer := question(patient)) is not None}
    return np.array(list(given), dtype=np.int64), list(given.values())


def main(made: str, radiographs: str, cache: str = "") -> None:
    """Fit, judge, print the table."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    names = {"training": f"{radiographs}:training", "real": f"{radiographs}:validation", "made": made}
    sets = {
        role: seen(open_cases(name, "training"), role, Path(cache) if cache else None) for role, name in names.items()
    }
    metrics = []
    for name, question in ASKED.items():
        judge = make_pipeline(StandardScaler(), LogisticRegression(C=0.003, max_iter=2000, class_weight="balanced"))
        known, given = answers(sets["training"][1], question)
        judge.fit(sets["training"][0][known], given)
        values = {}
        for role in ("made", "real"):
            known, given = answers(sets[role][1], question)
            scores, there = judge.decision_function(sets[role][0][known]), np.array(given)
            interval = statistic_interval(auroc, (scores[there], scores[~there]), 1000)
            values[role] = interval, len(given)
        metrics.append(
            MetricResult(
                "attribute_adherence",
                "AUROC of a classifier",
                values["made"][0],
                values["made"][1],
                name,
                *values["real"],
            )
        )
    print("\n".join(table(metrics)))


if __name__ == "__main__":
    fire.Fire(main)
