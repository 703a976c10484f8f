# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Forgetting: what is left of a finding is still true, and findings declared absent are not there."""

from __future__ import annotations

from aurad_monai.prompts.finding import ClinicalFindings, Finding
from aurad_monai.request.attribute_dropout import RandDropAttributesd

FULL = ClinicalFindings(
    (Finding("effusion", "left", "basal", "small"), Finding("mass", "right", "upper", "large")), view="PA", age=50
)
TWO_SIDES = ClinicalFindings((Finding("mass", "left", "upper", "small"), Finding("mass", "right", "lower", "large")))


def forget(findings: ClinicalFindings, seed: int = 0, **chances: float) -> ClinicalFindings:
    chosen = {"laterality": 0.0, "zone": 0.0, "severity": 0.0, "absent": 0.0} | chances
    transform = RandDropAttributesd(**chosen)
    transform.set_random_state(seed)
    return transform({"findings": findings})["findings"]


def test_nothing_is_forgotten_at_chance_zero() -> None:
    assert forget(FULL) == FULL


def test_everything_is_forgotten_at_chance_one() -> None:
    left = forget(FULL, laterality=1, zone=1, severity=1)
    assert left == ClinicalFindings((Finding("effusion"), Finding("mass")), view="PA", age=50)


def test_the_side_stays_where_both_sides_differ() -> None:
    left = forget(TWO_SIDES, laterality=1)
    assert left == TWO_SIDES


def test_absent_findings_are_others() -> None:
    for seed in range(20):
        left = forget(FULL, seed, absent=1)
        assert left.present == FULL.present
        assert 1 <= len(left.absent) <= 3
        assert not {item.name for item in left.absent} & {"effusion", "mass"}


def test_the_seed_decides() -> None:
    chances = {"laterality": 0.5, "zone": 0.5, "severity": 0.5, "absent": 0.5}
    results = [forget(FULL, seed, **chances) for seed in range(10)]
    assert results == [forget(FULL, seed, **chances) for seed in range(10)]
    assert len(set(results)) > 3
