# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Finding seen at its mask: a logit above the threshold passes; what cannot be judged never passes unsaid."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from aurad_monai.errors import InputError
from aurad_monai.filtering.criteria.finding_detected import FindingDetected
from aurad_monai.prompts.finding import ClinicalFindings
from aurad_monai.vocabulary import FINDING_NAMES
from tests.filtering.planted import RIGHT_BASE, failures, good_case, good_predictions, masks, unevaluated

CRITERION = FindingDetected({"effusion": 0.3})


def test_seen_where_the_mask_says_passes() -> None:
    (result,) = CRITERION.evaluate(good_case(), good_predictions())
    assert result.criterion == "finding_detected.effusion" and result.passed and result.evaluated
    assert result.score == pytest.approx(0.9) and result.threshold == 0.3


def test_seen_nowhere_fails() -> None:
    nothing = replace(good_predictions(), marked=np.full(len(FINDING_NAMES), -0.9, np.float32))
    (result,) = CRITERION.evaluate(good_case(), nothing)
    assert (
        not result.passed and "pleural effusion in the basal zone is not found where the mask has it" in result.reason
    )


def test_the_findings_of_the_masks_are_judged_as_they_are_the_labels() -> None:
    case = good_case(asked=ClinicalFindings(), pathology=masks(effusion=RIGHT_BASE, mass=RIGHT_BASE))
    judged = {item.criterion for item in CRITERION.evaluate(case, good_predictions(case))}
    assert judged == {"finding_detected.effusion", "finding_detected.mass"}


@pytest.mark.parametrize("thresholds", [{}, {"effusion": None}])
def test_without_threshold_it_is_not_judged(thresholds: dict[str, float | None]) -> None:
    results = FindingDetected(thresholds).evaluate(good_case(), good_predictions())
    assert unevaluated(results) == ["finding_detected.effusion"]
    assert results[0].score == pytest.approx(0.9)  # measured all the same


def test_default_threshold_serves_the_others() -> None:
    assert failures(FindingDetected(default=0.95).evaluate(good_case(), good_predictions())) == [
        "finding_detected.effusion"
    ]


def test_an_unknown_finding_is_not_judged() -> None:
    unknown = replace(good_predictions(), marked=np.full(len(FINDING_NAMES), np.nan, np.float32))
    results = CRITERION.evaluate(good_case(), unknown)
    assert unevaluated(results) == ["finding_detected.effusion"] and "does not know" in results[0].reason


def test_a_tiny_mask_is_not_judged() -> None:
    case = good_case(pathology=masks(effusion=(slice(180, 184), slice(165, 170))))
    results = CRITERION.evaluate(case, good_predictions(case))
    assert unevaluated(results) == ["finding_detected.effusion"] and "too small" in results[0].reason


def test_without_masks_nothing_is_judged() -> None:
    results = CRITERION.evaluate(good_case(), replace(good_predictions(), marked=None))
    assert unevaluated(results) == ["finding_detected.effusion"] and "no pathology mask" in results[0].reason


def test_without_sight_nothing_is_judged() -> None:
    assert unevaluated(CRITERION.evaluate(good_case(), None)) == ["finding_detected.effusion"]


def test_a_threshold_of_no_finding_is_refused() -> None:
    with pytest.raises(InputError):
        FindingDetected({"effusions": 0.3})
