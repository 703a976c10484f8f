# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""From which score a findings expert is to be believed: `python -m recipes.experts.precision --data D --bundle B`.

In go radiographs the expert did not learn from, out comes `precision_thresholds` of the bundle's inference.json. The
threshold is chosen on held-out patients of training; precision and share of the finding are those of validation.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

import fire
import numpy as np
import numpy.typing as npt

from aurad_monai.experts.findings import FindingsExpert
from aurad_monai.files import write_json
from recipes.experts.films import FINDINGS, Floats, in_part, read_films
from recipes.experts.measure import look
from recipes.experts.targets import matrix
from recipes.experts.train_findings import STOP_SHARE

LEAST_FILMS = 10
"""Fewer films above a threshold tell nothing of its precision."""
LEAST_PRECISION = 0.5
"""A finding that is wrong more often on validation films gets no threshold."""

Entry = dict[str, float] | None


def write(
    data: str, bundle: str = "bundles/cxr_expert_filter", precision: float = 0.5, share: float = STOP_SHARE
) -> None:
    """Write the thresholds into the bundle, and say how often normal films get a finding.

    Args:
        data: folder of the public collection.
        bundle: the filter bundle.
        precision: least precision on held-out films.
        share: of the training patients that were held out.
    """
    root = Path(data)
    films = [
        film
        for film in read_films(root)
        if film.nih and (film.validation or in_part(film.patient, "early stop", share))
    ]
    scores, _ = look(FindingsExpert.from_bundle(bundle), films, root)
    truth, measured = matrix(films, "best"), np.array([film.validation for film in films])
    entries = {
        name: entry(truth[:, channel], scores[:, channel], measured, precision) for channel, name in enumerate(FINDINGS)
    }
    config = Path(bundle) / "configs" / "inference.json"
    content = json.loads(config.read_text(encoding="utf-8"))
    write_json(config, {**content, "precision_thresholds": entries}, indent=4)
    normal = measured & np.array([film.row["rsna_class"] == "Normal" for film in films])
    limits = np.array([item["threshold"] if item else np.inf for item in entries.values()])
    false = int((scores[normal] >= limits).any(1).sum())
    print(json.dumps(entries, indent=1), f"{false} of {int(normal.sum())} normal films of validation get a finding")


def entry(truth: Floats, score: Floats, measured: npt.NDArray[np.bool_], precision: float) -> Entry:
    """Lowest threshold of a precision, with what it reaches on the measured films; None where there is none.

    Args:
        truth: (N,) 1, 0 or NaN.
        score: (N,) of the expert.
        measured: (N,) films of validation; the others choose the threshold.
        precision: least precision on the others.
    """
    known = np.isfinite(truth)
    there, rating = truth[known & ~measured], score[known & ~measured]
    order = np.argsort(-rating)
    count = np.arange(1, len(order) + 1)
    whole = np.append(np.diff(rating[order]) < 0, True)  # films of one score are believed together
    enough = np.flatnonzero((np.cumsum(there[order]) >= precision * count) & (count >= LEAST_FILMS) & whole)
    if not len(enough):
        return None
    threshold = math.floor(round(float(rating[order[enough[-1]]]), 6) * 10_000) / 10_000
    said = known & measured & (score >= threshold)
    share = float(truth[said].mean()) if said.sum() >= LEAST_FILMS else 0.0
    if share < LEAST_PRECISION:
        return None
    return {
        "threshold": threshold,
        "precision": round(share, 2),
        "prior": round(float(truth[known & measured].mean()), 3),
    }


if __name__ == "__main__":
    fire.Fire(write)
