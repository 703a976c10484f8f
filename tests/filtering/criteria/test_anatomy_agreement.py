# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Anatomy agreement: equal lungs pass; swapped, shifted and missing ones do not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from aurad_monai.filtering.criteria.anatomy_agreement import AnatomyAgreement, dice
from tests.filtering.planted import failures, good_case, good_predictions, masks, unevaluated


def test_dice_of_known_masks() -> None:
    one, two = np.zeros((4, 4)), np.zeros((4, 4))
    one[:2], two[1:3] = 1, 1
    assert dice(one, two) == pytest.approx(0.5)
    assert dice(one, one) == 1
    assert np.isnan(dice(np.zeros(4), np.zeros(4)))


def test_agreeing_lungs_pass() -> None:
    (result,) = AnatomyAgreement().evaluate(good_case(), good_predictions())
    assert result.passed and result.evaluated and result.score == 1


def test_swapped_lungs_fail() -> None:
    predictions = good_predictions()
    swapped = replace(predictions, anatomy=predictions.anatomy[[1, 0, 2]])
    (result,) = AnatomyAgreement().evaluate(good_case(), swapped)
    assert not result.passed and result.score == 0


def test_the_worse_lung_is_named() -> None:
    predictions = good_predictions()
    predictions.anatomy[1] = np.roll(predictions.anatomy[1], 40, axis=0)
    (result,) = AnatomyAgreement().evaluate(good_case(), predictions)
    assert not result.passed and result.reason == "the right lung is not found where the mask has it"
    predictions.anatomy[1] = 1
    (result,) = AnatomyAgreement().evaluate(good_case(), predictions)
    assert result.reason == "the right lung is found where the mask does not have it"


def test_the_threshold_decides() -> None:
    predictions = good_predictions()
    predictions.anatomy[0] = np.roll(predictions.anatomy[0], 8, axis=0)
    (score,) = (item.score for item in AnatomyAgreement().evaluate(good_case(), predictions))
    assert not failures(AnatomyAgreement(threshold=score).evaluate(good_case(), predictions))
    assert failures(AnatomyAgreement(threshold=score + 0.001).evaluate(good_case(), predictions)) == [
        "anatomy_agreement"
    ]


def test_an_asked_chest_without_a_lung_fails() -> None:
    case = good_case()
    case.anatomy[0] = 0
    assert failures(AnatomyAgreement().evaluate(case, good_predictions())) == ["anatomy_agreement"]


def test_without_sight_nothing_is_judged() -> None:
    assert unevaluated(AnatomyAgreement().evaluate(good_case(), None)) == ["anatomy_agreement"]


def test_a_lung_hidden_by_an_effusion_is_not_held_against_the_image() -> None:
    base = (slice(150, 230), slice(128, 256))
    predictions = good_predictions()
    predictions.anatomy[0][base] = 0  # what an expert sees of a lung above an effusion
    assert failures(AnatomyAgreement().evaluate(good_case(pathology=masks(effusion=base)), predictions)) == []
    assert failures(AnatomyAgreement().evaluate(good_case(pathology=masks(nodule=base)), predictions)) == [
        "anatomy_agreement"
    ]
    assert failures(AnatomyAgreement(hidden_by=()).evaluate(good_case(pathology=masks(effusion=base)), predictions))


def test_lungs_hidden_altogether_are_not_judged() -> None:
    case = good_case(pathology=masks(consolidation=(slice(None), slice(None))))
    assert unevaluated(AnatomyAgreement().evaluate(case, good_predictions())) == ["anatomy_agreement"]
