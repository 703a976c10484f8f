# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Anatomy agreement: equal lungs pass; swapped, shifted and missing ones do not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from aurad_monai.filtering.criteria.anatomy_agreement import AnatomyAgreement, dice
from tests.filtering.planted import failures, good_case, good_sight, masks, unjudged


def test_dice_of_known_masks() -> None:
    one, two = np.zeros((4, 4)), np.zeros((4, 4))
    one[:2], two[1:3] = 1, 1
    assert dice(one, two) == pytest.approx(0.5)
    assert dice(one, one) == 1
    assert np.isnan(dice(np.zeros(4), np.zeros(4)))


def test_agreeing_lungs_pass() -> None:
    (judgement,) = AnatomyAgreement().judge(good_case(), good_sight())
    assert judgement.passed and judgement.judged and judgement.score == 1


def test_swapped_lungs_fail() -> None:
    sight = good_sight()
    swapped = replace(sight, anatomy=sight.anatomy[[1, 0, 2]])
    (judgement,) = AnatomyAgreement().judge(good_case(), swapped)
    assert not judgement.passed and judgement.score == 0


def test_the_worse_lung_is_named() -> None:
    sight = good_sight()
    sight.anatomy[1] = np.roll(sight.anatomy[1], 40, axis=0)
    (judgement,) = AnatomyAgreement().judge(good_case(), sight)
    assert not judgement.passed and "right lung" in judgement.reason and f"{judgement.score:.2f}" in judgement.reason


def test_the_threshold_decides() -> None:
    sight = good_sight()
    sight.anatomy[0] = np.roll(sight.anatomy[0], 8, axis=0)
    (score,) = (item.score for item in AnatomyAgreement().judge(good_case(), sight))
    assert not failures(AnatomyAgreement(threshold=score).judge(good_case(), sight))
    assert failures(AnatomyAgreement(threshold=score + 0.001).judge(good_case(), sight)) == ["anatomy_agreement"]


def test_an_asked_chest_without_a_lung_fails() -> None:
    case = good_case()
    case.anatomy[0] = 0
    assert failures(AnatomyAgreement().judge(case, good_sight())) == ["anatomy_agreement"]


def test_without_sight_nothing_is_judged() -> None:
    assert unjudged(AnatomyAgreement().judge(good_case(), None)) == ["anatomy_agreement"]


def test_a_lung_hidden_by_an_effusion_is_not_held_against_the_image() -> None:
    base = (slice(150, 230), slice(128, 256))
    sight = good_sight()
    sight.anatomy[0][base] = 0  # what an expert sees of a lung above an effusion
    assert failures(AnatomyAgreement().judge(good_case(pathology=masks(effusion=base)), sight)) == []
    assert failures(AnatomyAgreement().judge(good_case(pathology=masks(nodule=base)), sight)) == ["anatomy_agreement"]
    assert failures(AnatomyAgreement(hidden_by=()).judge(good_case(pathology=masks(effusion=base)), sight))


def test_lungs_hidden_altogether_are_not_judged() -> None:
    case = good_case(pathology=masks(consolidation=(slice(None), slice(None))))
    assert unjudged(AnatomyAgreement().judge(case, good_sight())) == ["anatomy_agreement"]
