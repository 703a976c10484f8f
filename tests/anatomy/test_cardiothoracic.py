# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The cardiothoracic ratio of drawn chests is the one they were drawn with."""

from __future__ import annotations

import math

import numpy as np
import pytest

from aurad_monai.anatomy.cardiothoracic import cardiothoracic_ratio
from aurad_monai.filtering.criteria.anatomy_agreement import AnatomyAgreement
from aurad_monai.filtering.criteria.criterion import ExpertPredictions
from tests.conftest import ellipse_chest
from tests.filtering.planted import failures, good_case, good_predictions, masks, unevaluated


def chest(heart: int) -> np.ndarray:
    """Lungs 100 columns wide together, a heart of so many columns in their lower half, vessels above it."""
    anatomy = np.zeros((3, 120, 120), np.uint8)
    anatomy[0, 10:110, 70:110] = anatomy[1, 10:110, 10:50] = 1
    anatomy[2, 70:100, 60 - heart // 2 : 60 - heart // 2 + heart] = 1
    anatomy[2, 10:40, 15:105] = 1
    return anatomy


@pytest.mark.parametrize("heart", [40, 50, 70])
def test_ratio(heart: int) -> None:
    assert cardiothoracic_ratio(chest(heart)) == heart / 100


def test_what_is_missing_has_no_ratio() -> None:
    without = chest(40)
    without[2] = 0
    assert math.isnan(cardiothoracic_ratio(without)) and math.isnan(cardiothoracic_ratio(np.zeros((3, 9, 9))))


def test_a_heart_of_another_width_is_noticed() -> None:
    case, wide = good_case(), ellipse_chest()
    columns = np.flatnonzero(wide[2].any(axis=0))
    wide[2, 120:180, columns[0] - 30 : columns[-1] + 30] = 1
    seen = ExpertPredictions(wide, good_predictions().maps, good_predictions().scores)
    criterion = AnatomyAgreement(ratio_tolerance=0.1)
    assert failures(criterion.evaluate(case, seen)) == ["anatomy_agreement.cardiothoracic_ratio"]
    assert not failures(criterion.evaluate(case, good_predictions()))
    assert len(AnatomyAgreement().evaluate(case, seen)) == 1  # only where asked for
    assert unevaluated(criterion.evaluate(good_case(anatomy=None), seen)) == ["anatomy_agreement"]


def test_an_outlined_heart_may_be_wider_than_the_expert_sees_it() -> None:
    case, predictions = good_case(), good_predictions()
    assert case.anatomy is not None
    columns = np.flatnonzero(case.anatomy[2].any(axis=0))
    outline = slice(150, 170), slice(columns[0] - 10, columns[-1] + 10)
    outlined = good_case(pathology=masks(cardiomegaly=outline))
    for asked in (case, outlined):
        asked.anatomy[2][outline] = 1
    strict, allowing = AnatomyAgreement(ratio_tolerance=0.01), AnatomyAgreement(ratio_tolerance=0.01, outline_width=0.5)
    failed = ["anatomy_agreement.cardiothoracic_ratio"]
    assert failures(strict.evaluate(outlined, predictions)) == failures(allowing.evaluate(case, predictions)) == failed
    assert not failures(allowing.evaluate(outlined, predictions))
    speck = good_case(pathology=masks(cardiomegaly=(slice(160, 161), slice(128, 129))))
    speck.anatomy[2][outline] = 1
    assert failures(allowing.evaluate(speck, predictions)) == failed  # it is not what makes the heart wide
    beyond = good_case(pathology=masks(cardiomegaly=outline))  # an outline that is no part of the heart
    narrow = predictions.anatomy.copy()
    narrow[2, :, : columns[0] + 6] = 0
    seen = ExpertPredictions(narrow, predictions.maps, predictions.scores)
    assert failures(allowing.evaluate(beyond, seen)) == failed
    little = AnatomyAgreement(
        ratio_tolerance=0.01, outline_width=0.02
    )  # narrower than any radiologist would outline it
    assert failures(little.evaluate(outlined, predictions)) == failed
    wide = predictions.anatomy.copy()
    wide[2, 120:180, columns[0] - 30 : columns[-1] + 30] = 1  # wider than the outline
    seen = ExpertPredictions(wide, predictions.maps, predictions.scores)
    assert failures(allowing.evaluate(outlined, seen)) == failed
