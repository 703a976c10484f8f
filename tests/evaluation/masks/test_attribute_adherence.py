# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from aurad_monai import vocabulary
from aurad_monai.evaluation.masks.attribute_adherence import AttributeAdherence
from aurad_monai.prompts.finding import ClinicalFindings, Finding


def _anatomy() -> npt.NDArray[np.uint8]:
    anatomy = np.zeros((3, 128, 128), dtype=np.uint8)
    anatomy[0, 20:100, 70:110] = 1
    anatomy[1, 20:100, 18:58] = 1
    anatomy[2, 50:104, 50:80] = 1
    return anatomy


def _drawn(name: str, rows: slice, columns: slice) -> npt.NDArray[np.uint8]:
    pathology = np.zeros((13, 128, 128), dtype=np.uint8)
    pathology[vocabulary.channel(name), rows, columns] = 1
    return pathology


def test_a_mask_that_obeys() -> None:
    control = AttributeAdherence()
    asked = ClinicalFindings((Finding("consolidation", "left", "lower"),))
    control.add(asked, _drawn("consolidation", slice(72, 82), slice(80, 100)), _anatomy())
    assert control.present == control.side == control.zone == [1.0]
    assert control.unrequested_absent == [1.0] * 12


def test_wrong_side_wrong_zone_and_something_unasked() -> None:
    control = AttributeAdherence()
    asked = ClinicalFindings((Finding("consolidation", "left"), Finding("effusion", "right")))
    control.add(asked, _drawn("consolidation", slice(72, 82), slice(25, 45)), _anatomy())
    assert control.present == [1.0, 0.0]
    assert control.side == [0.0]
    control.add(ClinicalFindings(), _drawn("mass", slice(40, 50), slice(25, 35)), _anatomy())
    assert control.unrequested_absent.count(0.0) == 1


def test_specks_do_not_count() -> None:
    control = AttributeAdherence()
    control.add(ClinicalFindings(), _drawn("mass", slice(40, 42), slice(25, 27)), _anatomy())
    assert control.unrequested_absent == [1.0] * 13


def test_a_zone_within_the_asked_one_is_right() -> None:
    control = AttributeAdherence()
    asked = ClinicalFindings((Finding("consolidation", "left", "lower"),))
    control.add(asked, _drawn("consolidation", slice(94, 99), slice(75, 85)), _anatomy())
    assert control.zone == [1.0]
    control.add(asked, _drawn("consolidation", slice(22, 30), slice(75, 85)), _anatomy())
    assert control.zone == [1.0, 0.0]


def effusions(heights: dict[str, int]) -> AttributeAdherence:
    """Six effusions of each severity, so many pixels high, none as wide as another."""
    control = AttributeAdherence()
    for repeat in range(6):
        for name, height in heights.items():
            asked = ClinicalFindings((Finding("effusion", "left", severity=name),))
            control.add(asked, _drawn("effusion", slice(99 - height, 99), slice(75, 95 + repeat)), _anatomy())
    return control


def test_areas_follow_levels_or_fall_with_them_or_know_nothing_of_them() -> None:
    levels = ("trace", "small", "moderate", "large")
    rising, falling = (dict(zip(levels, order, strict=True)) for order in ((8, 16, 24, 32), (32, 24, 16, 8)))
    assert effusions(rising).spearman()["effusion"] == (pytest.approx(0.97, abs=0.01), 24)
    assert effusions(falling).spearman()["effusion"][0] == pytest.approx(-0.97, abs=0.01)
    assert effusions(dict.fromkeys(levels, 16)).spearman()["effusion"][0] == pytest.approx(0, abs=1e-9)


def test_severity_is_counted_in_levels() -> None:
    control = AttributeAdherence()
    asked = ClinicalFindings((Finding("effusion", "left", severity="large"),))
    control.add(asked, _drawn("effusion", slice(95, 100), slice(100, 110)), _anatomy())
    assert control.severity_error == [3.0]
    control.add(asked, _drawn("effusion", slice(25, 100), slice(70, 110)), _anatomy())
    assert control.severity_error == [3.0, 0.0]
