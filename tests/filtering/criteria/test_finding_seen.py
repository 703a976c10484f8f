# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Finding seen: belief inside the mask passes; belief elsewhere, none, or what cannot be judged never passes unsaid."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from aurad_monai.errors import InputError
from aurad_monai.filtering.criteria.finding_seen import FindingSeen, contrast
from aurad_monai.vocabulary import channel
from tests.filtering.planted import RIGHT_BASE, failures, good_case, good_sight, masks, unjudged

CRITERION = FindingSeen({"effusion": 0.3})


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
    (judgement,) = CRITERION.judge(good_case(), good_sight())
    assert judgement.criterion == "finding_seen.effusion" and judgement.passed and judgement.judged
    assert judgement.score == pytest.approx(0.9) and judgement.threshold == 0.3


def test_seen_on_the_other_side_fails() -> None:
    elsewhere = good_sight(good_case(pathology=masks(effusion=RIGHT_BASE)))
    assert failures(CRITERION.judge(good_case(), elsewhere)) == ["finding_seen.effusion"]


def test_seen_nowhere_fails() -> None:
    nothing = good_sight(good_case(pathology=masks()))
    (judgement,) = CRITERION.judge(good_case(), nothing)
    assert not judgement.passed and "pleural effusion is not seen" in judgement.reason


def test_only_asked_findings_are_judged() -> None:
    case = good_case(pathology=masks(effusion=RIGHT_BASE, mass=RIGHT_BASE))
    assert [item.criterion for item in CRITERION.judge(case, good_sight(case))] == ["finding_seen.effusion"]


@pytest.mark.parametrize("thresholds", [{}, {"effusion": None}])
def test_without_threshold_it_is_not_judged(thresholds: dict[str, float | None]) -> None:
    judgements = FindingSeen(thresholds).judge(good_case(), good_sight())
    assert unjudged(judgements) == ["finding_seen.effusion"]
    assert judgements[0].score == pytest.approx(0.9)  # measured all the same


def test_default_threshold_serves_the_others() -> None:
    assert failures(FindingSeen(default=0.95).judge(good_case(), good_sight())) == ["finding_seen.effusion"]


def test_an_unknown_finding_is_not_judged() -> None:
    sight = good_sight()
    sight.maps[channel("effusion")] = np.nan
    judgements = CRITERION.judge(good_case(), sight)
    assert unjudged(judgements) == ["finding_seen.effusion"] and "does not know" in judgements[0].reason


def test_a_tiny_mask_is_not_judged() -> None:
    case = good_case(pathology=masks(effusion=(slice(180, 184), slice(165, 170))))
    judgements = CRITERION.judge(case, good_sight(case))
    assert unjudged(judgements) == ["finding_seen.effusion"] and "20 pixels" in judgements[0].reason


def test_a_mask_without_surroundings_is_not_judged() -> None:
    case = good_case(pathology=masks(effusion=(slice(None), slice(None))))
    assert unjudged(CRITERION.judge(case, good_sight(case))) == ["finding_seen.effusion"]


def test_without_sight_nothing_is_judged() -> None:
    assert unjudged(CRITERION.judge(good_case(), None)) == ["finding_seen.effusion"]


def test_a_threshold_of_no_finding_is_refused() -> None:
    with pytest.raises(InputError):
        FindingSeen({"effusions": 0.3})


def test_a_flat_map_fails() -> None:
    flat = replace(good_sight(), maps=np.full((13, 256, 256), 0.9, np.float32))
    assert failures(CRITERION.judge(good_case(), flat)) == ["finding_seen.effusion"]
