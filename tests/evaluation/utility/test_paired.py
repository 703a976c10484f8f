# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Paired intervals: means, differences, ratios and AUROC by hand; what all cases share costs no width."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from aurad_monai.errors import InputError
from aurad_monai.evaluation.utility.paired import AUROC, CaseScores, difference, ratio, score_interval
from aurad_monai.experts.xrayvision_import import import_torchvision
from aurad_monai.statistics import auroc


def some(score: str, present: list[int], *seeds: list[float], ids: str = "abcdefgh") -> CaseScores:
    values = {seed: np.array(row, dtype=float) for seed, row in enumerate(seeds)}
    return CaseScores(score, tuple(ids[: len(present)]), np.array(present, bool), values)


def test_by_hand() -> None:
    first = some("Dice", [1, 1, 0], [0.5, 0.7, 0.0], [0.7, 0.9, 0.0])
    second = some("Dice", [1, 1, 0], [0.4, 0.6, 1.0], [0.6, 0.8, 1.0])  # the case without the finding does not count
    assert score_interval(first) == pytest.approx((0.7, 0.6, 0.8))
    assert difference(first, second) == pytest.approx((0.1, 0.1, 0.1))  # every case gains as much: no width
    assert ratio(first, second)[0] == pytest.approx(0.7 / 0.6)
    assert difference(second, first)[0] == pytest.approx(-0.1)


def test_only_common_cases_and_seeds_count() -> None:
    first = some("Dice", [1, 1, 1], [0.5, 0.7, 1.0], [0.1, 0.1, 0.1])
    second = some("Dice", [1, 1], [0.6, 0.4], ids="ba")
    assert difference(first, second) == pytest.approx((0.1, 0.1, 0.1))
    assert math.isnan(difference(first, some("Dice", [1], [0.5], ids="z"))[0])


def test_of_auroc_what_is_above_chance_is_compared() -> None:
    half, whole = some(AUROC, [1, 0, 1, 0], [0.9, 0.8, 0.7, 0.1]), some(AUROC, [1, 0, 1, 0], [0.9, 0.2, 0.8, 0.1])
    assert ratio(half, whole)[0] == pytest.approx(0.5)  # 0.75 and 1
    assert math.isnan(ratio(whole, some(AUROC, [1, 0, 1, 0], [0.5] * 4))[0])


def test_nothing_to_compare_is_unknown() -> None:
    assert math.isnan(score_interval(some("Dice", [0, 0], [0.5, 0.5]))[0])
    assert math.isnan(score_interval(some(AUROC, [1, 1], [0.5, 0.5]))[0])
    assert math.isnan(ratio(some("Dice", [1], [0.5]), some("Dice", [1], [0.0]))[0])
    with pytest.raises(InputError, match="same score"):
        difference(some("Dice", [1], [0.5]), some(AUROC, [1, 0], [0.5, 0.1]))


def test_auroc_by_hand_and_as_torchmetrics_has_it() -> None:
    import_torchvision()
    from torchmetrics.functional.classification import binary_auroc

    assert score_interval(some(AUROC, [1, 0, 1, 0], [0.9, 0.8, 0.7, 0.1]))[0] == pytest.approx(0.75)
    assert score_interval(some(AUROC, [1, 1, 0, 0], [0.9, 0.8, 0.2, 0.1])) == (1, 1, 1)
    rng = np.random.default_rng(0)
    present, values = rng.random(60) < 0.3, rng.integers(0, 12, 60) / 12  # with ties
    found = CaseScores(AUROC, tuple(map(str, range(60))), present, {0: values})
    expected = binary_auroc(torch.from_numpy(values), torch.from_numpy(present.astype(int)))
    assert score_interval(found)[0] == pytest.approx(float(expected), abs=1e-6)
    assert auroc(values[present].tolist(), values[~present].tolist()) == pytest.approx(float(expected), abs=1e-6)


def test_pairing_is_narrower_than_two_intervals() -> None:
    rng = np.random.default_rng(1)
    hard = rng.random(50)
    first, second = (
        CaseScores("Dice", tuple(map(str, range(50))), np.ones(50, bool), {0: hard + rng.normal(0, 0.02, 50)})
        for _ in range(2)
    )
    paired, alone = difference(first, second), score_interval(first)
    assert paired[2] - paired[1] < 0.2 * (alone[2] - alone[1])


def test_films_of_one_patient_are_no_further_patients() -> None:
    rng = np.random.default_rng(2)
    values = np.repeat(rng.random(10), 8)
    names, present = tuple(f"{i:02d}" for i in range(80)), np.ones(80, bool)
    alone = score_interval(CaseScores("Dice", names, present, {0: values}))
    owners = tuple(f"p{i // 8}" for i in range(80))
    clustered = score_interval(CaseScores("Dice", names, present, {0: values}, owners))
    by_patient = score_interval(CaseScores("Dice", names[:10], present[:10], {0: values[::8]}))
    assert clustered == pytest.approx(by_patient)  # eight equal films of a patient say what one says
    assert clustered[2] - clustered[1] > 2 * (alone[2] - alone[1])


def test_a_patient_with_and_without_the_finding_is_drawn_whole() -> None:
    found = CaseScores(
        AUROC, ("a", "b", "c"), np.array([1, 0, 0], bool), {0: np.array([0.5, 0.1, 0.9])}, ("p", "p", "q")
    )
    assert score_interval(found) == (0.5, 0.5, 0.5)  # each draw has p once and q once


def test_a_subgroup_is_of_its_own_cases() -> None:
    every = some(AUROC, [1, 0, 1, 0], [0.9, 0.1, 0.2, 0.8])
    assert every.of(np.array([True, True, False, False])).ids == ("a", "b")
    assert score_interval(every.of(np.array([True, True, False, False])))[0] == 1
    assert score_interval(every.of(np.array([False, False, True, True])))[0] == 0
