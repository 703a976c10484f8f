# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Sizes in prompts: numbers with a unit become sizes of the finding beside them, other numbers do not."""

from __future__ import annotations

import pytest

from aurad_monai.errors import InputError
from aurad_monai.prompts.finding import Finding
from aurad_monai.prompts.parse import parse, understand


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("3 cm nodule", Finding("nodule", centimeters=3)),
        ("nodule in the right upper zone, about 3 cm", Finding("nodule", "right", "upper", centimeters=3)),
        ("a 25 mm left mass", Finding("mass", "left", centimeters=2.5)),
        ("left mass, approximately 3.5cm in diameter", Finding("mass", "left", centimeters=3.5)),
        ("left effusion of 10% of the lungs", Finding("effusion", "left", percent=10)),
        ("small 0.5 percent left pneumothorax", Finding("pneumothorax", "left", None, "small", percent=0.5)),
    ],
)
def test_sizes_belong_to_their_finding(text: str, finding: Finding) -> None:
    assert parse(text).present == (finding,)


def test_size_reaches_forward_in_a_row() -> None:
    assert parse("2 cm left and right nodule").present == (Finding("nodule", "bilateral", centimeters=2),)


@pytest.mark.parametrize(
    "text", ["3 nodule", "mass 3 kg", "0 cm mass", "90 cm mass", "120% effusion", "3 cm 4 cm mass"]
)
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        parse(text)


def test_absence_has_no_size() -> None:
    with pytest.raises(InputError):
        parse("no 3 cm nodule")


def test_one_size_for_each_finding() -> None:
    with pytest.raises(InputError, match="two sizes"):
        Finding("mass", percent=3, centimeters=3)


@pytest.mark.parametrize(
    ("text", "percent"),
    [
        ("right effusion, about 20% of the hemithorax", 10),
        ("effusion, 20% of the right lung", 10),
        ("right effusion, 20% of the right hemithorax", 10),
        ("right effusion, 20% of the lungs", 20),
        ("right effusion, 20% of the lung area", 20),
    ],
)
def test_a_share_of_one_side_is_half_of_both(text: str, percent: float) -> None:
    found = understand(text)
    assert [item.percent for item in found.findings.present] == [percent]
    assert [item.laterality for item in found.findings.present] == ["right"]
    assert bool(found.assumed) == (percent == 10)
