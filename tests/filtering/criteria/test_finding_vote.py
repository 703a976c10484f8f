# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The vote: experts that know a finding are counted, those that do not are not, and each vote stands in the reason."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from aurad_monai.errors import InputError
from aurad_monai.filtering.criteria.criterion import ExpertPredictions
from aurad_monai.filtering.criteria.finding_vote import FindingVote
from aurad_monai.vocabulary import FINDING_NAMES, channel
from tests.filtering.planted import failures, good_case, good_predictions, unevaluated


def scores(**named: float) -> np.ndarray:
    found = np.full(len(FINDING_NAMES), np.nan, np.float32)
    for name, value in named.items():
        found[channel(name)] = value
    return found


def predictions(**others: np.ndarray) -> ExpertPredictions:
    return replace(good_predictions(), others=others)


def test_the_majority_decides_and_is_named() -> None:
    vote = FindingVote({"built_in": 0.5, "a": 0.5, "b": {"effusion": 0.9}}, agreement=0.6)
    seen = predictions(a=scores(effusion=0.2, pneumothorax=0.1), b=scores(effusion=0.95, pneumothorax=0.99))
    by_name = {item.criterion: item for item in vote.evaluate(good_case(), seen)}
    effusion = by_name["finding_vote.effusion"]
    assert effusion.passed and effusion.score == pytest.approx(2 / 3)
    assert "built_in yes, a no, b yes" in effusion.reason
    assert by_name["finding_vote.pneumothorax"].score == 1.0  # b has no boundary for it and does not vote
    against = predictions(a=scores(effusion=0.2), b=scores(effusion=0.2))
    assert failures(vote.evaluate(good_case(), against)) == ["finding_vote.effusion"]


def test_a_finding_declared_absent_must_be_voted_away() -> None:
    vote = FindingVote({"a": 0.5})
    assert failures(vote.evaluate(good_case(), predictions(a=scores(effusion=0.9, pneumothorax=0.9)))) == [
        "finding_vote.pneumothorax"
    ]


def test_too_few_votes_are_no_judgement() -> None:
    vote = FindingVote({"a": 0.5, "b": 0.5}, quorum=2)
    seen = predictions(a=scores(effusion=0.0), b=scores(pneumothorax=0.0))
    assert unevaluated(vote.evaluate(good_case(), seen)) == ["finding_vote.effusion", "finding_vote.pneumothorax"]
    assert len(unevaluated(vote.evaluate(good_case(), None))) == 2
    with pytest.raises(InputError, match="agreement"):
        FindingVote({}, agreement=0)
