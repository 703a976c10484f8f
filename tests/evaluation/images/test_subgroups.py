# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Subgroups: adherence of each group by hand, and acceptance of a real run's attempts."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import pytest

from aurad_monai.errors import InputError
from aurad_monai.evaluation.images.subgroups import subgroups
from aurad_monai.evaluation.measure import Measured
from aurad_monai.generation.plan import Plan, Row
from aurad_monai.generation.synthesize import Order, synthesize
from aurad_monai.io.case_folder import CaseFolder
from tests.stress.stub import open_stub

PATIENTS = np.array([[1, 1, 30], [1, 0, 50], [0, 1, 70], [np.nan, np.nan, np.nan]])


def measured(dice: list[float], present: list[float], patients: np.ndarray = PATIENTS) -> Measured:
    values = {
        "structure_dice": np.array([[value, value, 0] for value in dice]),
        "present": np.array(present),
        "demographics": patients,
    }
    names = tuple(map(str, range(len(dice))))
    return Measured(names, values, "", {}, tuple(range(len(dice))))


def test_means_are_those_of_each_group() -> None:
    made = measured([0.8, 0.6, 0.4, 0.1], [1, 0, 1, 0])
    rows = {(row.group, row.name): row for row in subgroups(("sex", "age"), made, measured([0.9] * 4, [1] * 4))}
    assert rows["female", "Dice of the lungs"].value[0] == pytest.approx(0.6)
    assert (
        rows["male", "Dice of the lungs"].value[0] == pytest.approx(0.6)
        and rows["female", "Dice of the lungs"].count == 2
    )
    assert rows["female", "requested finding is detected"].value[0] == 1
    assert rows["60 and older", "Dice of the lungs"].value[0] == pytest.approx(0.4)
    assert rows["younger than 40", "Dice of the lungs"].real[0] == pytest.approx(0.9)
    assert not any(group in ("PA view", "AP view") for group, _ in rows)


def test_nobody_to_tell_apart_is_an_error() -> None:
    unknown = measured([0.5], [1], np.full((1, 3), np.nan))
    with pytest.raises(InputError, match="by"):
        subgroups(("view",), unknown, unknown)


def test_acceptance_is_that_of_the_attempts_of_a_run(tmp_path: Path) -> None:
    plan = Plan((Row("normal, female", 12, False, 0), Row("normal, male", 6, False, 100)))
    report = synthesize(Order(plan, tmp_path / "run", functools.partial(open_stub, 16, 0.5), progress=False)).report
    one = measured([0.5], [1], PATIENTS[:1])
    rows = subgroups(("sex",), one, one, CaseFolder(tmp_path / "run"))
    accepted = {row.group: row for row in rows if row.name == "accepted by the filter"}
    assert {name: row.count for name, row in accepted.items()} == {"female": 12, "male": 6}
    total = sum(round(row.value[0] * row.count) for row in accepted.values())
    assert report is not None and total == report["accepted"]
    assert all(row.value[1] <= row.value[0] <= row.value[2] for row in accepted.values())
