# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Absent not seen: a declared absence that the expert contradicts fails, and what nobody can tell is said to be so."""

from __future__ import annotations

import numpy as np
import pytest

from aurad_monai.filtering.criteria.finding_absent import FindingAbsent
from aurad_monai.prompts.finding import ClinicalFindings, declare_absent
from aurad_monai.vocabulary import channel
from tests.filtering.planted import failures, good_case, good_predictions, unevaluated

CRITERION = FindingAbsent({"pneumothorax": 0.4})


def test_an_absence_the_expert_shares_passes() -> None:
    (result,) = CRITERION.evaluate(good_case(), good_predictions())
    assert result.criterion == "finding_absent.pneumothorax" and result.passed and result.evaluated
    assert result.score == pytest.approx(0.05)


def test_an_absent_finding_that_is_seen_fails() -> None:
    predictions = good_predictions()
    predictions.scores[channel("pneumothorax")] = 0.41
    (result,) = CRITERION.evaluate(good_case(), predictions)
    assert not result.passed and "pneumothorax is declared absent, but the image shows it" in result.reason


def test_the_threshold_itself_passes() -> None:
    predictions = good_predictions()
    predictions.scores[channel("pneumothorax")] = np.float32(0.25)
    assert not failures(FindingAbsent({"pneumothorax": 0.25}).evaluate(good_case(), predictions))


def test_findings_asked_for_or_left_open_are_not_its_matter() -> None:
    case = good_case(asked=ClinicalFindings())
    assert CRITERION.evaluate(case, good_predictions()) == []


def test_each_absent_finding_has_its_own_threshold() -> None:
    case = good_case(asked=ClinicalFindings(declare_absent(("mass", "effusion"))), pathology=np.zeros((13, 256, 256)))
    predictions = good_predictions(case)
    predictions.scores[:] = 0.5
    criterion = FindingAbsent({"mass": 0.6, "effusion": 0.4})
    assert failures(criterion.evaluate(case, predictions)) == ["finding_absent.effusion"]


@pytest.mark.parametrize("thresholds", [{}, {"pneumothorax": None}])
def test_without_threshold_it_is_not_judged(thresholds: dict[str, float | None]) -> None:
    assert unevaluated(FindingAbsent(thresholds).evaluate(good_case(), good_predictions())) == [
        "finding_absent.pneumothorax"
    ]


def test_nan_is_not_judged() -> None:
    predictions = good_predictions()
    predictions.scores[channel("pneumothorax")] = np.nan
    results = FindingAbsent(default=0.4).evaluate(good_case(), predictions)
    assert unevaluated(results) == ["finding_absent.pneumothorax"] and "does not know" in results[0].reason


def test_without_sight_nothing_is_judged() -> None:
    assert unevaluated(CRITERION.evaluate(good_case(), None)) == ["finding_absent.pneumothorax"]
