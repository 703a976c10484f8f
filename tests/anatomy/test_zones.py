# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Zones: words to pixels and back, with the patient's right on the picture's left."""

from __future__ import annotations

import numpy as np
import pytest

from aurad_monai import vocabulary
from aurad_monai.anatomy.zones import (
    OPEN_SIZE,
    allowed_place,
    location_prior,
    lung_coordinates,
    name_zone,
    zone_mask,
)
from aurad_monai.prompts.finding import ClinicalFindings, Finding
from tests.conftest import ellipse_chest

CHEST = ellipse_chest()
COLUMNS = np.arange(256)


def center(mask: np.ndarray) -> tuple[float, float]:
    rows, columns = np.nonzero(mask)
    return float(rows.mean()), float(columns.mean())


def test_left_is_on_the_right_of_the_picture() -> None:
    assert center(zone_mask(CHEST, "left", None))[1] > 128 > center(zone_mask(CHEST, "right", None))[1]
    both = zone_mask(CHEST, "bilateral", None)
    assert (both == (CHEST[0] | CHEST[1]).astype(bool)).all()
    assert (zone_mask(CHEST, None, None) == both).all()


def test_zones_follow_each_other_downward() -> None:
    heights = [center(zone_mask(CHEST, "left", zone))[0] for zone in ("apical", "upper", "mid", "lower", "basal")]
    assert heights == sorted(heights) and len(set(heights)) == 5


def test_every_zone_lies_inside_its_lung() -> None:
    for zone in vocabulary.ZONES:
        region = zone_mask(CHEST, "left", zone)
        assert region.any() and not (region & ~CHEST[0].astype(bool)).any(), zone


def test_perihilar_is_medial_and_costophrenic_lateral() -> None:
    middle = center(CHEST[1])[1]
    assert (
        center(zone_mask(CHEST, "right", "perihilar"))[1]
        > middle
        > center(zone_mask(CHEST, "right", "costophrenic"))[1]
    )


@pytest.mark.parametrize("zone", ["apical", "upper", "perihilar", "lower", "costophrenic", "diffuse"])
@pytest.mark.parametrize("index", [0, 1])
def test_a_zone_is_named_as_it_was_drawn(zone: str, index: int) -> None:
    side = ("left", "right")[index]
    named = name_zone(zone_mask(CHEST, side, zone), CHEST[index].astype(bool), index == 0)
    near = {"apical": {"apical", "upper"}, "perihilar": {"perihilar", "mid"}}
    assert named in near.get(zone, {zone})


def test_an_absent_lung_has_no_coordinates() -> None:
    height, depth = lung_coordinates(np.zeros((8, 8), bool), True)
    assert np.isnan(height).all() and np.isnan(depth).all()


def test_location_prior_draws_side_severity_and_nothing_else() -> None:
    findings = ClinicalFindings((Finding("mass", "left", severity="large"), Finding("effusion", present=False)))
    region = location_prior(findings, CHEST)
    mass = vocabulary.channel("mass")
    assert region[mass].max() == pytest.approx(0.25 + 0.75 * 0.9)  # the middle of the quantiles of large
    assert ((region[mass] > 0) == CHEST[0].astype(bool)).all()
    assert np.delete(region, mass, axis=0).max() == 0
    assert location_prior(None, CHEST).max() == 0


def test_fractures_may_lie_beyond_the_lung_and_hearts_lie_in_the_heart() -> None:
    region = location_prior(ClinicalFindings((Finding("fracture", "left"), Finding("cardiomegaly"))), CHEST) != 0
    left, heart = CHEST[0].astype(bool), CHEST[2].astype(bool)
    assert (region[vocabulary.channel("fracture")] & ~left).any()
    assert not (heart & ~region[vocabulary.channel("cardiomegaly")]).any()


def test_an_open_side_and_an_open_size_are_told_apart_from_all_others() -> None:
    mass = vocabulary.channel("mass")
    values = {
        (side, severity): float(
            location_prior(ClinicalFindings((Finding("mass", side, None, severity),)), CHEST)[mass].sum()
        )
        for side in (None, "bilateral")
        for severity in (None, "small")
    }
    area = float((CHEST[0] | CHEST[1]).sum())
    assert values["bilateral", None] == pytest.approx(OPEN_SIZE * area)
    assert values[None, None] == pytest.approx(OPEN_SIZE * area / 2)
    assert values[None, "small"] == pytest.approx(values["bilateral", "small"] / 2) and values[None, "small"] > 0


def test_findings_of_the_lung_are_allowed_in_lungs_and_hardly_beyond() -> None:
    lungs = (CHEST[0] | CHEST[1]).astype(bool)
    place = allowed_place("consolidation", CHEST)
    assert not (lungs & ~place).any() and lungs.sum() < place.sum() < 1.3 * lungs.sum()
    assert allowed_place("fracture", CHEST).all()
