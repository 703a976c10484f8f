# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Absent not seen: a declared absence that the expert contradicts fails, and what nobody can tell is said to be so."""

from __future__ import annotations

import numpy as np
import pytest

from aurad_monai.filtering.criteria.absent_not_seen import AbsentNotSeen
from aurad_monai.prompts.finding import ClinicalFindings, declare_absent
from aurad_monai.vocabulary import channel
from tests.filtering.planted import failures, good_case, good_sight, unjudged

CRITERION = AbsentNotSeen({"pneumothorax": 0.4})


def test_an_absence_the_expert_shares_passes() -> None:
    (judgement,) = CRITERION.judge(good_case(), good_sight())
    assert judgement.criterion == "absent_not_seen.pneumothorax" and judgement.passed and judgement.judged
    assert judgement.score == pytest.approx(0.05)


def test_an_absent_finding_that_is_seen_fails() -> None:
    sight = good_sight()
    sight.scores[channel("pneumothorax")] = 0.41
    (judgement,) = CRITERION.judge(good_case(), sight)
    assert not judgement.passed and "pneumothorax, declared absent, is seen" in judgement.reason


def test_the_threshold_itself_passes() -> None:
    sight = good_sight()
    sight.scores[channel("pneumothorax")] = np.float32(0.25)
    assert not failures(AbsentNotSeen({"pneumothorax": 0.25}).judge(good_case(), sight))


def test_findings_asked_for_or_left_open_are_not_its_matter() -> None:
    case = good_case(findings=ClinicalFindings())
    assert CRITERION.judge(case, good_sight()) == []


def test_each_absent_finding_has_its_own_threshold() -> None:
    case = good_case(
        findings=ClinicalFindings(declare_absent(("mass", "effusion"))), pathology=np.zeros((13, 256, 256))
    )
    sight = good_sight(case)
    sight.scores[:] = 0.5
    criterion = AbsentNotSeen({"mass": 0.6, "effusion": 0.4})
    assert failures(criterion.judge(case, sight)) == ["absent_not_seen.effusion"]


@pytest.mark.parametrize("thresholds", [{}, {"pneumothorax": None}])
def test_without_threshold_it_is_not_judged(thresholds: dict[str, float | None]) -> None:
    assert unjudged(AbsentNotSeen(thresholds).judge(good_case(), good_sight())) == ["absent_not_seen.pneumothorax"]


def test_nan_is_not_judged() -> None:
    sight = good_sight()
    sight.scores[channel("pneumothorax")] = np.nan
    judgements = AbsentNotSeen(default=0.4).judge(good_case(), sight)
    assert unjudged(judgements) == ["absent_not_seen.pneumothorax"] and "does not know" in judgements[0].reason


def test_without_sight_nothing_is_judged() -> None:
    assert unjudged(CRITERION.judge(good_case(), None)) == ["absent_not_seen.pneumothorax"]
