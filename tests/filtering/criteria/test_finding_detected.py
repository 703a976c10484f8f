# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Finding seen: belief inside the mask passes; belief elsewhere, none, or what cannot be judged never passes unsaid."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from aurad_monai.errors import InputError
from aurad_monai.filtering.criteria.finding_detected import FindingDetected, contrast
from aurad_monai.prompts.finding import ClinicalFindings
from aurad_monai.vocabulary import channel
from tests.filtering.planted import RIGHT_BASE, failures, good_case, good_predictions, masks, unevaluated

CRITERION = FindingDetected({"effusion": 0.3})


def test_contrast_is_inside_minus_ring() -> None:
    mask = masks(effusion=RIGHT_BASE)[channel("effusion")]
    assert contrast(0.2 + 0.5 * mask, mask) == pytest.approx(0.5)
    assert contrast(np.full((256, 256), 0.7), mask) == pytest.approx(0)
    far = np.zeros((256, 256))
    far[:40, 220:] = 1  # beyond the ring
    assert contrast(0.2 + 0.5 * mask + far, mask) == pytest.approx(0.5)
    assert np.isnan(contrast(far, np.zeros((256, 256))))
    assert np.isnan(contrast(far, np.ones((256, 256))))


def test_seen_where_the_mask_says_passes() -> None:
    (result,) = CRITERION.evaluate(good_case(), good_predictions())
    assert result.criterion == "finding_detected.effusion" and result.passed and result.evaluated
    assert result.score == pytest.approx(0.9) and result.threshold == 0.3


def test_seen_on_the_other_side_fails() -> None:
    elsewhere = good_predictions(good_case(pathology=masks(effusion=RIGHT_BASE)))
    assert failures(CRITERION.evaluate(good_case(), elsewhere)) == ["finding_detected.effusion"]


def test_seen_nowhere_fails() -> None:
    nothing = good_predictions(good_case(pathology=masks()))
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
    predictions = good_predictions()
    predictions.maps[channel("effusion")] = np.nan
    results = CRITERION.evaluate(good_case(), predictions)
    assert unevaluated(results) == ["finding_detected.effusion"] and "does not know" in results[0].reason


def test_a_tiny_mask_is_not_judged() -> None:
    case = good_case(pathology=masks(effusion=(slice(180, 184), slice(165, 170))))
    results = CRITERION.evaluate(case, good_predictions(case))
    assert unevaluated(results) == ["finding_detected.effusion"] and "too small" in results[0].reason


def test_a_mask_without_surroundings_is_not_judged() -> None:
    case = good_case(pathology=masks(effusion=(slice(None), slice(None))))
    assert unevaluated(CRITERION.evaluate(case, good_predictions(case))) == ["finding_detected.effusion"]


def test_without_sight_nothing_is_judged() -> None:
    assert unevaluated(CRITERION.evaluate(good_case(), None)) == ["finding_detected.effusion"]


def test_a_threshold_of_no_finding_is_refused() -> None:
    with pytest.raises(InputError):
        FindingDetected({"effusions": 0.3})


def test_a_flat_map_fails() -> None:
    flat = replace(good_predictions(), maps=np.full((13, 256, 256), 0.9, np.float32))
    assert failures(CRITERION.evaluate(good_case(), flat)) == ["finding_detected.effusion"]
