# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Thresholds reject no more real cases than stated, and reach the config with where they come from."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aurad_monai.cli import main as cli
from aurad_monai.errors import InputError
from aurad_monai.filtering import thresholds
from aurad_monai.filtering.threshold_curves import draw_curves, rejected_share

SCORES = st.lists(st.floats(-10, 10), min_size=1, max_size=60)


@given(SCORES, st.sampled_from(["min", "max"]), st.floats(0.001, 0.4))
def test_no_more_than_the_rate_is_rejected(scores: list[float], side: str, rate: float) -> None:
    chosen = thresholds.threshold(scores, side, rate)
    rejected = np.mean([score < chosen if side == "min" else score > chosen for score in scores])
    assert rejected <= rate + 1e-9


def test_the_same_patient_is_no_copy() -> None:
    ids = ["nih_00000013_002", "nih_00000013_005", "nih_00000014_000", "covid_x"]
    assert thresholds.same_patient("nih_00000013_005", ids) == ids[:2]
    assert thresholds.same_patient("alone", ids) == []


def test_the_config_gets_values_and_provenance_and_keeps_the_rest(tmp_path: Path) -> None:
    config = tmp_path / "inference.json"
    before = {"thresholds": {"orientation": None, "lungs": 0.8}, "thresholds_provenance": {"lungs": "old"}, "size": 256}
    config.write_text(json.dumps(before))
    thresholds.write_thresholds(config, {"thresholds": {"orientation": 0.5}}, {"orientation": "new"})
    assert json.loads(config.read_text()) == {
        "thresholds": {"orientation": 0.5, "lungs": 0.8},
        "thresholds_provenance": {"lungs": "old", "orientation": "new"},
        "size": 256,
    }
    config.write_text("{}")
    with pytest.raises(InputError, match="filter bundle"):
        thresholds.write_thresholds(config, {"thresholds": {"orientation": 0.5}}, {})
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
