# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Calibration: known scores give known thresholds and AUROC, no more than the rate is rejected, the config is kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aurad_monai import vocabulary
from aurad_monai.cli import main as cli
from aurad_monai.errors import InputError
from aurad_monai.filtering.calibrate import (
    AtMasks,
    FindingReport,
    calibrate,
    config_entries,
    joint_level,
    same_patient,
    threshold,
    write_thresholds,
)
from aurad_monai.filtering.threshold_curves import draw_curves, rejected_share

MASS, NODULE, EFFUSION = (vocabulary.channel(name) for name in ("mass", "nodule", "effusion"))
SCORES = st.lists(st.floats(-10, 10), min_size=1, max_size=60)


def cases(count: int = 20, size: int = 64) -> tuple[np.ndarray, np.ndarray, AtMasks]:
    """Half with a mass that the expert sees with 0.5 to 0.95; a nodule everywhere unseen; an effusion in two cases."""
    pathology = np.zeros((count, 13, size, size), np.uint8)
    maps = np.full((count, 13, size, size), 0.05, np.float32)
    for index in range(0, count, 2):
        pathology[index, MASS, 20:30, 20:30] = 1
        pathology[index, NODULE, 40:50, 40:50] = 1
        maps[index, MASS][pathology[index, MASS] > 0] = 0.5 + 0.45 * index / count
    pathology[:2, EFFUSION, 5:15, 5:15] = 1
    scores = maps.max(axis=(2, 3))

    def at_masks(channel: int, pairs: Sequence[tuple[int, int]]) -> list[float]:
        return [float(maps[image, channel][pathology[mask, channel] > 0].mean()) for image, mask in pairs]

    return scores, pathology, at_masks


def of_all(complete: list[bool], rate: float = 0.05) -> list[FindingReport]:
    scores, pathology, at_masks = cases()
    return calibrate(scores, pathology, complete, at_masks, rate)


def test_thresholds_hold_the_rate() -> None:
    scores, pathology, at_masks = cases(count=200)
    reports = calibrate(scores, pathology, [True] * 200, at_masks, rate=0.1)
    mass = reports[MASS]
    assert (mass.positives, mass.negatives, mass.detection_auroc, mass.absence_auroc) == (100, 100, 1, 1)
    assert mass.detection_threshold is not None and mass.absence_threshold is not None
    assert 0.05 <= (scores[::2, MASS] < mass.detection_threshold).mean() <= 0.1
    assert (scores[1::2, MASS] > mass.absence_threshold).mean() == 0


@pytest.mark.parametrize("rate", [0.02, 0.1, 0.3])
def test_all_absences_together_hold_the_rate(rate: float) -> None:
    scores = np.random.default_rng(0).random((500, 6))
    level = joint_level(scores, rate)
    rejected = (scores > np.quantile(scores, 1 - level, axis=0, method="higher")).any(axis=1).mean()
    assert rate / 2 < rejected <= rate and rate / 6 <= level < rate


def test_findings_that_go_together_leave_each_other_more_room() -> None:
    alone = np.random.default_rng(0).random((500, 1))
    assert joint_level(np.repeat(alone, 6, axis=1), 0.1) == pytest.approx(0.1, abs=0.005)
    assert joint_level(np.full((20, 3), np.nan), 0.1) == joint_level(np.zeros((0, 3)), 0.1) == 0.1


def test_a_finding_nobody_can_tell_is_not_judged() -> None:
    nodule = of_all([True] * 20)[NODULE]
    assert nodule.detection_auroc == nodule.absence_auroc == 0.5
    assert nodule.detection_threshold is None and nodule.absence_threshold is None


def test_too_few_cases_are_not_judged() -> None:
    effusion = of_all([True] * 20)[EFFUSION]
    assert effusion.positives == 2 and effusion.detection_threshold is None and effusion.absence_threshold is None


def test_an_unknown_finding_has_no_cases() -> None:
    scores, pathology, at_masks = cases()
    scores[:, MASS] = np.nan
    mass = calibrate(scores, pathology, [True] * 20, at_masks)[MASS]
    assert (mass.positives, mass.negatives, mass.detection_threshold) == (0, 0, None)


def test_incomplete_cases_are_never_negatives() -> None:
    complete = [index % 4 != 1 for index in range(20)]
    mass = of_all(complete)[MASS]
    assert (mass.positives, mass.negatives) == (10, 5)


@pytest.mark.parametrize("rate", [0.0, 1.0, -0.1])
def test_the_rate_is_a_fraction(rate: float) -> None:
    with pytest.raises(InputError, match="rate"):
        of_all([True] * 20, rate=rate)


def test_entries_name_every_finding() -> None:
    entries = config_entries(of_all([True] * 20))
    assert set(entries) == {"detection_thresholds", "absence_thresholds"}
    assert all(set(values) == set(vocabulary.FINDING_NAMES) for values in entries.values())


@given(SCORES, st.sampled_from(["min", "max"]), st.floats(0.001, 0.4))
def test_no_more_than_the_rate_is_rejected(scores: list[float], bound: str, rate: float) -> None:
    chosen = threshold(scores, bound, rate)
    rejected = np.mean([score < chosen if bound == "min" else score > chosen for score in scores])
    assert rejected <= rate + 1e-9


def test_the_same_patient_is_no_copy() -> None:
    ids = ["nih_00000013_002", "nih_00000013_005", "nih_00000014_000", "covid_x"]
    assert same_patient("nih_00000013_005", ids) == ids[:2]
    assert same_patient("alone", ids) == []


def test_the_config_gets_values_and_provenance_and_keeps_the_rest(tmp_path: Path) -> None:
    config = tmp_path / "inference.json"
    before = {"thresholds": {"orientation": None, "lungs": 0.8}, "thresholds_provenance": {"lungs": "old"}, "size": 256}
    config.write_text(json.dumps(before))
    write_thresholds(config, {"thresholds": {"orientation": 0.5}}, {"orientation": "new"})
    assert json.loads(config.read_text()) == {
        "thresholds": {"orientation": 0.5, "lungs": 0.8},
        "thresholds_provenance": {"lungs": "old", "orientation": "new"},
        "size": 256,
    }
    config.write_text("{}")
    with pytest.raises(InputError, match="filter bundle"):
        write_thresholds(config, {"thresholds": {"orientation": 0.5}}, {})
    assert config.read_text() == "{}"


def test_curves_are_drawn(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    places, shares = rejected_share([3.0, 1.0, 2.0, 4.0], "max")
    assert places == [1, 2, 3, 4] and shares == [0.75, 0.5, 0.25, 0]
    scores = {"orientation": [0.9, 0.8], "memorization": [0.5]}
    draw_curves(scores, {"orientation": 0.8, "memorization": 0.5}, 0.01, tmp_path / "c.png")
    assert (tmp_path / "c.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["set"], "output"),
        (["set", "--output", "out", "--criteria", "beauty"], "memorization"),
        (["set", "--output", "out", "--rate", "0.9"], "rate"),
        (["set", "--output", "out"], "datalist.json"),
    ],
)
def test_what_cannot_be_calibrated_is_refused(
    words: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "set").mkdir()
    assert cli.main(["calibrate", *words]) == 2
    assert said in capsys.readouterr().err and not (tmp_path / "out").exists()
