# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Plausible place: one planted fault at a time, each rejected for the planted reason."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from aurad_monai.filtering.criteria.plausible_location import PlausibleLocation
from aurad_monai.prompts.finding import ClinicalFindings, Finding
from tests.filtering.planted import LEFT_BASE, RIGHT_BASE, failures, good_case, masks, unevaluated

CRITERION = PlausibleLocation()
LEFT_APEX = (slice(60, 80), slice(170, 190))
OUTSIDE = (slice(120, 140), slice(235, 250))
HEART = (slice(125, 180), slice(115, 160))


def asked(*findings: Finding) -> ClinicalFindings:
    return ClinicalFindings(findings)


def fails(pathology: Any, *findings: Finding) -> list[str]:
    results = CRITERION.evaluate_masks(good_case(pathology=pathology, asked=asked(*findings)))
    assert len({item.criterion for item in results}) == len(results)
    return [name.removeprefix("plausible_location.") for name in failures(results)]


def test_a_plausible_case_passes_and_every_check_ran() -> None:
    results = CRITERION.evaluate_masks(good_case())
    assert not failures(results) and all(item.evaluated for item in results)
    names = {item.criterion.removeprefix("plausible_location.") for item in results}
    assert names == {"effusion.present", "effusion.side", "effusion.lungs", "effusion.low", "pneumothorax.absent"}


def test_an_asked_finding_that_is_not_drawn_fails() -> None:
    assert fails(masks(), Finding("effusion", "left")) == ["effusion.present"]


def test_a_few_pixels_are_not_a_finding() -> None:
    speck = masks(effusion=(slice(180, 183), slice(170, 173)))
    assert fails(speck, Finding("effusion", "left")) == ["effusion.present"]


def test_an_absent_finding_that_is_drawn_fails() -> None:
    assert fails(masks(effusion=LEFT_BASE), Finding("effusion", present=False)) == ["effusion.absent"]


@pytest.mark.parametrize(("box", "side"), [(RIGHT_BASE, "left"), (LEFT_BASE, "right")])
def test_the_wrong_side_fails(box: tuple[slice, slice], side: str) -> None:
    assert fails(masks(effusion=box), Finding("effusion", side)) == ["effusion.side"]
    assert fails(masks(effusion=box), Finding("effusion")) == []


def test_both_sides_asked_need_both_sides() -> None:
    both = masks(effusion=LEFT_BASE) | masks(effusion=RIGHT_BASE)
    assert fails(both, Finding("effusion", "bilateral")) == []
    assert fails(masks(effusion=LEFT_BASE), Finding("effusion", "bilateral")) == ["effusion.side"]
    each = (Finding("effusion", "left", severity="small"), Finding("effusion", "right", severity="large"))
    assert fails(both, *each) == []
    assert fails(masks(effusion=RIGHT_BASE), *each) == ["effusion.side"]


def test_the_wrong_zone_fails() -> None:
    assert fails(masks(mass=LEFT_APEX), Finding("mass", "left", "upper")) == []
    assert fails(masks(mass=LEFT_BASE), Finding("mass", "left", "upper")) == ["mass.zone_left"]
    assert fails(masks(mass=LEFT_BASE), Finding("mass", zone="upper")) == ["mass.zone"]


def test_a_zone_without_anything_on_its_side_is_not_judged() -> None:
    case = good_case(asked=asked(Finding("mass", "left", "upper")), pathology=masks(mass=RIGHT_BASE))
    results = CRITERION.evaluate_masks(case)
    assert failures(results) == ["plausible_location.mass.side"]
    assert unevaluated(results) == ["plausible_location.mass.zone_left"]


def test_a_lung_lesion_outside_the_lungs_fails() -> None:
    assert fails(masks(consolidation=OUTSIDE), Finding("consolidation")) == ["consolidation.lungs"]


def test_a_fracture_outside_the_lungs_passes() -> None:
    assert fails(masks(fracture=OUTSIDE), Finding("fracture")) == []


def test_a_lesion_nobody_asked_for_is_judged_too() -> None:
    assert fails(masks(mass=OUTSIDE)) == ["mass.lungs"]


def test_an_effusion_at_the_apex_fails() -> None:
    assert fails(masks(effusion=LEFT_APEX), Finding("effusion", "left")) == ["effusion.low"]


def test_cardiomegaly_belongs_to_the_heart() -> None:
    assert fails(masks(cardiomegaly=HEART), Finding("cardiomegaly")) == []
    beside = masks(cardiomegaly=(slice(120, 180), slice(200, 240)))
    assert fails(beside, Finding("cardiomegaly")) == ["cardiomegaly.between", "cardiomegaly.heart"]


def test_a_misplaced_heart_fails_even_where_the_anatomy_was_widened_by_it() -> None:
    case = good_case(
        asked=asked(Finding("cardiomegaly")), pathology=masks(cardiomegaly=(slice(120, 180), slice(200, 240)))
    )
    case.anatomy[2] |= case.pathology[2]
    assert failures(CRITERION.evaluate_masks(case)) == ["plausible_location.cardiomegaly.between"]


def test_a_missing_mediastinum_is_not_judged() -> None:
    case = good_case(asked=asked(Finding("cardiomegaly")), pathology=masks(cardiomegaly=HEART))
    case.anatomy[2] = 0
    assert unevaluated(CRITERION.evaluate_masks(case)) == ["plausible_location.cardiomegaly.heart"]


def test_a_chest_without_a_lung_fails() -> None:
    case = good_case()
    case.anatomy[1] = 0
    assert failures(CRITERION.evaluate_masks(case)) == ["plausible_location"]


def test_numbers_are_arguments() -> None:
    case = good_case()
    assert failures(PlausibleLocation(min_area=0.5).evaluate_masks(case)) == ["plausible_location.effusion.present"]
    assert np.isclose(CRITERION.inside_lungs, 0.9)
