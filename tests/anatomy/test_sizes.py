# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Sizes: areas, quantiles and severities agree, and centimeters become percent once a scale is known."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aurad_monai.anatomy.sizes import (
    LEVELS,
    SEVERITY_AREAS,
    area_of,
    asked_quantile,
    in_percent,
    quantile_of,
    severity_of,
)
from aurad_monai.errors import InputError
from aurad_monai.prompts.finding import ClinicalFindings, Finding
from aurad_monai.vocabulary import FINDING_NAMES, SEVERITIES
from tests.conftest import ellipse_chest

CHEST = ellipse_chest()


@given(st.sampled_from(FINDING_NAMES), st.floats(0, 1))
def test_area_inverts_quantile(name: str, quantile: float) -> None:
    assert quantile_of(name, area_of(name, quantile)) == pytest.approx(quantile, abs=1e-6)


@given(st.sampled_from(FINDING_NAMES), st.floats(0.001, 0.999))
def test_a_quantile_lies_in_the_level_of_its_severity(name: str, quantile: float) -> None:
    level = SEVERITIES.index(severity_of(name, area_of(name, quantile)))
    assert (0.0, *LEVELS)[level] - 1e-6 <= quantile <= (*LEVELS, 1.0)[level] + 1e-6


@pytest.mark.parametrize("name", FINDING_NAMES)
def test_areas_of_a_finding_grow(name: str) -> None:
    assert list(SEVERITY_AREAS[name]) == sorted(SEVERITY_AREAS[name])


def test_an_exact_size_counts_before_a_severity_and_none_leaves_it_open() -> None:
    exact = asked_quantile(Finding("nodule", severity="large", percent=0.3))
    assert exact == pytest.approx(quantile_of("nodule", 0.003)) and exact < LEVELS[0] + 0.1
    assert asked_quantile(Finding("nodule")) is None


def test_centimeters_become_the_area_of_a_disk() -> None:
    asked = ClinicalFindings((Finding("mass", "left", centimeters=3), Finding("effusion", "left", percent=5)))
    found = {item.name: item for item in in_percent(asked, CHEST, spacing=1.5).findings}
    lungs = int((CHEST[0] | CHEST[1]).sum())
    assert found["mass"].percent == pytest.approx(100 * math.pi / 4 * 20**2 / lungs)
    assert found["mass"].centimeters is None and found["effusion"].percent == 5


def test_centimeters_need_a_scale_and_a_size_below_the_lungs() -> None:
    asked = ClinicalFindings((Finding("mass", centimeters=18),))
    with pytest.raises(InputError, match="--spacing"):
        in_percent(asked, CHEST, None)
    with pytest.raises(InputError, match="smaller than the lungs"):
        in_percent(asked, CHEST, 0.1)
