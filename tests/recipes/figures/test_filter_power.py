# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Counts of the power table: shares by hand, what was not judged counts for nothing, tables are read back."""

from __future__ import annotations

import csv
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from aurad_monai.case import Case
from aurad_monai.filtering.criteria.criterion import CriterionResult, ExpertPredictions, not_evaluated
from recipes.figures.filter_power import COLUMNS, Judge, Row, Table, cells, earlier, findings_of, read_unseen
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


def test_a_check_sees_pictures_and_masks_at_the_size_the_filter_judges() -> None:
    said: list[tuple[int, int, float]] = []

    class Spy:
        name = "finding_detected"

        def evaluate(self, case: Case, seen: ExpertPredictions) -> list[CriterionResult]:
            assert case.image is not None and case.pathology is not None
            assert seen.marked is not None
            said.append((case.image.shape[-1], case.pathology.shape[-1], float(seen.marked[9])))
            return []

    class Expert:
        def __call__(self, images: np.ndarray) -> np.ndarray:
            return np.zeros((len(images), 13, *images.shape[-2:]), np.float32)

        def scores(self, maps: np.ndarray) -> np.ndarray:
            return maps.mean((2, 3))

    def at_masks(images: np.ndarray, masks: np.ndarray) -> np.ndarray:
        assert images.shape[-2:] == masks.shape[-2:]
        return np.asarray(masks.sum((2, 3)) + images.sum((1, 2, 3))[:, None])

    judge = Judge.__new__(Judge)
    judge.filter = SimpleNamespace(findings_expert=Expert(), marked_expert=at_masks, size=8)  # type: ignore[assignment]
    judge.criteria = {"finding_detected": Spy()}
    masks = np.zeros((13, 16, 16), np.uint8)
    masks[9, 4:8, 4:8] = 1
    (look,) = judge.look([np.ones((1, 16, 16), np.float32)])
    findings_of(judge, "mass", Case("a", image=np.zeros((1, 16, 16), np.float32), pathology=masks), look, True)
    assert look.seen.maps.shape == (13, 8, 8) and said == [(8, 8, 4 + 64)]


def test_power_that_a_fit_left_is_read(tmp_path: Path) -> None:
    (tmp_path / "fit.power.csv").write_text("finding,wrong,rejected,right,kept\nmass,35,31,61,52\n")
    assert read_unseen(str(tmp_path / "fit.power.csv")) == {"mass": Row(wrong=35, rejected=31, right=61, kept=52)}
    assert read_unseen("") == {}
