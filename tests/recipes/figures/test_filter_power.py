# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Counts of the power table: shares by hand, what was not judged counts for nothing, tables are read back."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from aurad_monai.filtering.criteria.criterion import CriterionResult, not_evaluated
from recipes.figures.filter_power import COLUMNS, Table, cells, earlier
from recipes.figures.same_seed_pairs import Pair


def result(passed: bool) -> CriterionResult:
    return CriterionResult("seen.mass", 0.5, 0.4, passed, "a sentence", finding="mass")


def test_shares_are_of_what_was_judged() -> None:
    table = Table()
    for passed, is_right in ((True, True), (True, True), (False, True), (False, False), (True, False)):
        table.add("seen.mass", "real", [result(passed)], is_right)
    table.add("seen.mass", "real", [not_evaluated("seen.mass", "too small", finding="mass")], False)
    table.add("seen.mass", "real", [result(True), result(False)], False)  # one of two parts rejects
    table.add("seen.mass", "generated", [result(True)], True)
    shares = {"sensitivity": 0.6667, "specificity": 0.6667, "wrong": 3, "right": 3}
    assert table.measured() == {"seen.mass": {"real": shares, "generated": None}}


def test_a_table_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    shares = {"sensitivity": 0.6667, "specificity": 1.0, "wrong": 3, "right": 4}
    with (tmp_path / "power.csv").open("w", newline="") as stream:
        rows = [("seen.mass", "real", *cells(shares)), ("seen.mass", "generated", *cells(None))]
        csv.writer(stream).writerows([COLUMNS, *rows])
    assert earlier(tmp_path / "power.csv") == {"seen.mass": {"real": shares, "generated": None}}
    assert earlier(tmp_path / "none.csv") == {}


def test_a_pair_gives_right_and_swapped_cases() -> None:
    with_it, without = np.ones((1, 8, 8), np.float32), np.zeros((1, 8, 8), np.float32)
    masks = np.zeros((13, 8, 8), np.uint8)
    masks[9, 2:4, 2:4] = 1
    pair = Pair("mass", 3, with_it, without, np.ones((3, 8, 8), np.uint8), masks)
    assert pair.case().image is with_it and pair.case(swapped=True).image is without
    assert pair.absent().image is without and pair.absent(swapped=True).image is with_it
    assert [item.name for item in pair.absent().findings.absent] == ["mass"] and not pair.absent().masks[1].any()
