# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""What the findings expert is taught of a film, and what it is measured against.

In go films, out come values and weights (N, findings): readers outweigh text mining, and what nobody could know has
weight 0.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aurad_monai import statistics
from recipes.experts.films import FINDINGS, UNNAMED, Film, Floats

TEXT_WEIGHT, SILENCE_WEIGHT, CONFUSED_WEIGHT, UNNAMED_WEIGHT = 0.5, 0.35, 0.1, 0.2
CONFUSED = (("mass", "nodule"), ("nodule", "mass"), ("consolidation", "atelectasis"), ("atelectasis", "consolidation"))
"""Labels that are mixed up: silence about the first says little where the second is named."""


def matrix(films: Sequence[Film], source: str) -> Floats:
    """(N, findings) of 1, 0 and NaN: what `text` or `read` says, or `best`, readers' word where there is one."""
    if source == "best":
        text, read = matrix(films, "text"), matrix(films, "read")
        return np.where(np.isnan(read), text, read)
    known = [getattr(film, source) for film in films]
    return np.array([[one.get(name, np.nan) for name in FINDINGS] for one in known], dtype=np.float32)


def training_targets(films: Sequence[Film]) -> tuple[Floats, Floats]:
    """Value in 0..1 and weight of each finding on each film."""
    text, read = matrix(films, "text"), matrix(films, "read")
    value = np.where(np.isnan(read), text, read)
    weight = np.where(np.isnan(read), TEXT_WEIGHT, 1.0) * ~np.isnan(value)
    nothing = np.array(["No Finding" in film.row["labels"] for film in films])
    silent = np.isnan(read) & (text == 0)
    weight = np.where(silent & ~nothing[:, None], SILENCE_WEIGHT, weight)
    for doubted, named in CONFUSED:
        column, other = FINDINGS.index(doubted), FINDINGS.index(named)
        said = silent[:, column] & (value[:, other] == 1)
        weight[:, column] = np.where(said, CONFUSED_WEIGHT, weight[:, column])
    for name in UNNAMED:
        column = FINDINGS.index(name)
        likely = np.isnan(value[:, column]) & nothing
        value[likely, column], weight[likely, column] = 0, UNNAMED_WEIGHT
    return np.nan_to_num(value).astype(np.float32), weight.astype(np.float32)


def auroc(truth: Floats, score: Floats) -> float:
    """Area under the ROC curve over what is known; NaN where one side is empty."""
    known = np.isfinite(truth) & np.isfinite(score)
    positive = truth[known] > 0.5
    return statistics.auroc(score[known][positive], score[known][~positive])


def interval(truth: Floats, score: Floats, patients: Sequence[str], draws: int = 1000) -> tuple[float, float, float]:
    """AUROC with the 95% interval of a bootstrap over patients."""
    groups: dict[str, list[int]] = {}
    for index, patient in enumerate(patients):
        groups.setdefault(patient, []).append(index)
    members, rng, found = [np.array(group) for group in groups.values()], np.random.default_rng(0), []
    for _ in range(draws):
        drawn = np.concatenate([members[k] for k in rng.integers(0, len(members), len(members))])
        found.append(auroc(truth[drawn], score[drawn]))
    low, high = np.nanpercentile(found, [2.5, 97.5]) if np.isfinite(found).any() else (np.nan, np.nan)
    return auroc(truth, score), float(low), float(high)
