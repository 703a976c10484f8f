# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Patients are counted among adults that are trained on; what is not known of one counts for nothing."""

from __future__ import annotations

import json

import pytest

from recipes.data import frequencies


def test_patients_are_those_of_adult_training_films(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    films = [("AP Supine", "M", "40"), ("PA", "F", "60"), ("PA", "", ""), ("AP", "M", "50")]
    rows = [{"population": "adult", "split": "train", "view": view, "sex": sex, "age": age} for view, sex, age in films]
    others = [{**rows[1], "split": "val"}, {**rows[1], "population": "child"}]
    monkeypatch.setattr(frequencies, "manifest", lambda root: rows + others)
    frequencies.demographics("ROOT")
    found = json.loads(capsys.readouterr().out)
    assert found["AP"] == 0.5 and found["MALE"] == pytest.approx(2 / 3) and found["films"] == 4
    assert found["AGE"] == pytest.approx([50, (200 / 3) ** 0.5])
