# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Findings hold only what can be true of a chest, in one form."""

from __future__ import annotations

from typing import Any

import pytest

from aurad_monai.errors import InputError
from aurad_monai.prompts.finding import CLEAR_LUNGS, NORMAL, NOT_ACUTE, ClinicalFindings, Finding


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"name": "pneumonia"}, "pneumonia"),
        ({"name": "effusion", "laterality": "both"}, "both"),
        ({"name": "effusion", "zone": "top"}, "top"),
        ({"name": "effusion", "severity": "mild"}, "mild"),
        ({"name": "effusion", "present": 1}, "present"),
        ({"name": "effusion", "laterality": "left", "present": False}, "no left pleural effusion"),
        ({"name": "cardiomegaly", "laterality": "left"}, "left cardiomegaly"),
        ({"name": "cardiomegaly", "zone": "lower"}, "lower cardiomegaly"),
        ({"name": "nodule", "zone": "diffuse"}, "diffuse_nodule"),
    ],
)
def test_impossible_finding_is_refused(values: dict[str, Any], named: str) -> None:
    with pytest.raises(InputError, match=named):
        Finding(**values)


@pytest.mark.parametrize(
    "values",
    [
        {"view": "lateral"},
        {"sex": "F"},
        {"age": -1},
        {"age": 121},
        {"age": 6.5},
        {"age": True},
        {"findings": ("effusion",)},
    ],
)
def test_impossible_patient_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        ClinicalFindings(**values)


def test_equal_meaning_is_equal() -> None:
    left, right = Finding("effusion", "left"), Finding("effusion", "right")
    mass, absent = Finding("mass", "left"), Finding("atelectasis", present=False)
    assert ClinicalFindings((left, right)) == ClinicalFindings((Finding("effusion", "bilateral"),))
    assert ClinicalFindings((absent, mass, left, left)).findings == (left, mass, absent)
    assert hash(ClinicalFindings((left, mass))) == hash(ClinicalFindings((mass, left)))


def test_sides_with_different_severity_stay_two() -> None:
    small, large = Finding("effusion", "left", None, "small"), Finding("effusion", "right", None, "large")
    assert ClinicalFindings((large, small)).present == (small, large)


@pytest.mark.parametrize(
    "other",
    [
        Finding("effusion", present=False),
        Finding("effusion", "left", None, "large"),
        Finding("effusion", "left", "upper", "small"),
        Finding("effusion", "bilateral", None, "small"),
        Finding("effusion"),
    ],
)
def test_contradictions_are_refused(other: Finding) -> None:
    with pytest.raises(InputError, match="pleural effusion"):
        ClinicalFindings((Finding("effusion", "left", None, "small"), other))


def test_sets_of_absent_findings() -> None:
    assert len(NORMAL) == 13 and not any(item.present for item in NORMAL)
    clear = {item.name for item in CLEAR_LUNGS}
    assert {"consolidation", "nodule", "mass"} <= clear and not {"effusion", "cardiomegaly", "fracture"} & clear
    assert {"fibrosis", "emphysema"}.isdisjoint(item.name for item in NOT_ACUTE)
