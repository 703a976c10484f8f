# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Side, zone and size that a prompt leaves open are sampled as among real findings; what it says stays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from aurad_monai.anatomy.sizes import LEVELS, quantile_of, severity_of
from aurad_monai.prompts.finding import ClinicalFindings, Finding
from aurad_monai.request.attributes import SIDE_COUNTS, ZONE_COUNTS, sample_attributes
from aurad_monai.vocabulary import FINDING_NAMES, SEVERITIES, ZONES, finding


def drawn(item: Finding, seed: int) -> Finding:
    return sample_attributes(ClinicalFindings((item,)), np.random.default_rng(seed)).findings[0]


def test_effusions_gather_below_and_small_ones_in_the_sinus() -> None:
    open_ones = [drawn(Finding("effusion", "left"), seed) for seed in range(400)]
    low = {"costophrenic", "basal", "lower", "diffuse"}
    assert np.mean([item.zone in low for item in open_ones]) > 0.95
    assert np.quantile([quantile_of("effusion", item.percent / 100) for item in open_ones], 0.5) == pytest.approx(
        0.5, abs=0.1
    )
    traces = [drawn(Finding("effusion", "left", severity="trace"), seed) for seed in range(100)]
    assert np.mean([item.zone == "costophrenic" for item in traces]) > 0.8


@given(st.sampled_from(FINDING_NAMES), st.sampled_from(SEVERITIES), st.sampled_from(ZONES), st.integers(0, 2**32 - 1))
def test_what_is_asked_for_stays(name: str, severity: str, zone: str, seed: int) -> None:
    assume((name, zone) != ("nodule", "diffuse"))  # that is another finding
    sided = finding(name).sided
    asked = Finding(name, "left" if sided else None, zone if sided else None, severity)
    made = drawn(asked, seed)
    assert made == drawn(asked, seed)
    assert (made.zone, made.severity, severity_of(name, made.percent / 100)) == (asked.zone, severity, severity)
    exact = drawn(Finding(name, percent=3.0), seed)
    assert exact.percent == 3.0 and (exact.zone in ZONES or exact.zone is None)


def test_sides_come_as_often_as_among_real_findings() -> None:
    sides = [drawn(Finding("mass"), seed).laterality for seed in range(400)]
    assert np.mean([side == "bilateral" for side in sides]) == pytest.approx(18 / 281, abs=0.03)
    assert set(sides) == {"left", "right", "bilateral"}
    assert drawn(Finding("cardiomegaly"), 0).laterality is None


def test_a_seed_varies_size_within_its_severity() -> None:
    sizes = {quantile_of("mass", drawn(Finding("mass", severity="small"), seed).percent / 100) for seed in range(8)}
    assert len(sizes) == 8 and all(LEVELS[0] < value < LEVELS[1] for value in sizes)


def test_to_say_more_of_one_finding_changes_no_other_and_absent_ones_have_neither() -> None:
    others = (Finding("nodule", present=False), Finding("effusion"))
    short, long = (
        {item.name: item for item in sample_attributes(asked, np.random.default_rng(5)).findings}
        for asked in (ClinicalFindings((mass, *others)) for mass in (Finding("mass"), Finding("mass", percent=2.0)))
    )
    assert long["mass"] != short["mass"] and long["effusion"] == short["effusion"]
    assert short["nodule"] == others[0]


def test_every_finding_is_counted() -> None:
    assert tuple(ZONE_COUNTS) == FINDING_NAMES
    assert set(SIDE_COUNTS) == {name for name in FINDING_NAMES if finding(name).sided}
    assert all(set(zones) <= {"", *ZONES} for zones in ZONE_COUNTS.values())
