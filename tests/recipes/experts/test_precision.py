# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Thresholds of stated precision: chosen on held-out films, measured on others, and none where they do not hold.

In go scores of known precision, out come entries of `precision_thresholds`.
"""

import numpy as np

from recipes.experts.precision import entry


def scores(held: float, measured: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """100 held-out and 100 measured films; of the 20 of score 0.8 such a share has the finding, of the others none."""
    truth, score = np.zeros(200, np.float32), np.full(200, 0.1, np.float32)
    for start, share in ((0, held), (100, measured)):
        score[start : start + 20] = 0.8
        truth[start : start + round(20 * share)] = 1
    return truth, score, np.arange(200) >= 100


def test_the_threshold_keeps_what_is_precise_and_states_what_it_reaches_elsewhere() -> None:
    assert entry(*scores(0.9, 0.75), precision=0.6) == {"threshold": 0.8, "precision": 0.75, "prior": 0.15}


def test_a_finding_that_is_never_precise_or_does_not_hold_on_measured_films_has_none() -> None:
    assert entry(*scores(0.5, 0.9), precision=0.6) is None
    assert entry(*scores(0.9, 0.4), precision=0.6) is None


def test_unknown_films_are_left_out() -> None:
    truth, score, measured = scores(0.9, 0.75)
    truth[-80:] = np.nan
    found = entry(truth, score, measured, precision=0.6)
    assert found is not None and found["prior"] == 0.75
