# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""From masks to findings: side, zone and severity are those of the pixels."""

from __future__ import annotations

import numpy as np
import pytest

from aurad_monai.anatomy.findings_from_masks import findings_from_masks, split_sides
from aurad_monai.anatomy.sizes import SEVERITY_AREAS, severity_of
from aurad_monai.prompts.context import TOKENS
from aurad_monai.prompts.finding import Finding
from aurad_monai.request.conditions import FindingsFromMasksd
from aurad_monai.vocabulary import FINDING_NAMES
from tests.conftest import ellipse_chest
from tests.filtering.planted import LEFT_BASE, RIGHT_BASE, masks

CHEST = ellipse_chest()


@pytest.mark.parametrize("name", FINDING_NAMES)
def test_severity_grows_with_area(name: str) -> None:
    trace, small, moderate = SEVERITY_AREAS[name]
    areas = (trace / 2, (trace + small) / 2, (small + moderate) / 2, 2 * moderate)
    assert [severity_of(name, area) for area in areas] == ["trace", "small", "moderate", "large"]


def test_sides_are_cut_between_the_lungs() -> None:
    left, right = split_sides(np.ones((256, 256), bool), CHEST)
    assert not (left & right).any() and (left | right).all()
    assert left[0, 255] and right[0, 0]


@pytest.mark.parametrize(("box", "side"), [(LEFT_BASE, "left"), (RIGHT_BASE, "right")])
def test_an_effusion_on_one_side(box: tuple[slice, slice], side: str) -> None:
    (found,) = findings_from_masks(masks(effusion=box), CHEST).findings
    assert (found.name, found.laterality, found.present) == ("effusion", side, True)
    assert found.zone in ("lower", "basal", "costophrenic") and found.severity is not None


def test_both_sides_are_told() -> None:
    both = masks(effusion=LEFT_BASE) | masks(effusion=RIGHT_BASE)
    assert {item.laterality for item in findings_from_masks(both, CHEST).findings} <= {"left", "right", "bilateral"}
    sides = [item.laterality for item in findings_from_masks(both, CHEST).findings]
    assert sides in (["bilateral"], ["left", "right"])


def test_a_sliver_on_the_other_side_is_not_told() -> None:
    sliver = masks(effusion=LEFT_BASE) | masks(effusion=(slice(180, 184), slice(70, 80)))
    assert [item.laterality for item in findings_from_masks(sliver, CHEST).findings] == ["left"]


def test_a_heart_has_neither_side_nor_zone() -> None:
    (found,) = findings_from_masks(masks(cardiomegaly=(slice(120, 180), slice(110, 165))), CHEST).findings
    assert found == Finding("cardiomegaly", severity=found.severity)


def test_no_mask_no_finding() -> None:
    assert findings_from_masks(masks(), CHEST).findings == ()


def test_findings_fit_the_context() -> None:
    everything = np.ones((len(FINDING_NAMES), 256, 256), np.uint8)
    assert len(findings_from_masks(everything, CHEST).findings) <= TOKENS - 1


def test_the_transform_adds_the_patient() -> None:
    case = {"pathology": masks(effusion=LEFT_BASE), "anatomy": CHEST, "view": "PA", "age": 60}
    findings = FindingsFromMasksd()(case)["findings"]
    assert (findings.view, findings.sex, findings.age, len(findings.present)) == ("PA", None, 60, 1)
    assert "findings" not in case


def test_exact_sizes_are_percent_of_both_lungs() -> None:
    mask = masks(effusion=LEFT_BASE)
    (found,) = findings_from_masks(mask, CHEST, sizes=True).findings
    assert found.percent == pytest.approx(100 * mask.sum() / (CHEST[0] | CHEST[1]).sum())
