# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Prompts on the command line: what is left out is said first, and a refusal is one line before anything is loaded."""

from __future__ import annotations

from pathlib import Path

import pytest

from aurad_monai.cli import main as cli
from aurad_monai.generation.read_plan import PlanDefaults, read_plan


@pytest.mark.parametrize(
    ("prompt", "flags", "named"),
    [
        ("possible effusion", [], "possible"),
        ("chronic effusion", ["--strict_prompt"], "chronic"),
        ("Kleiner Erguss links", [], "German"),
        ("effusion", ["--uncertain", "perhaps"], "perhaps"),
        ("pulmonary edema", [], "nearest"),
    ],
)
def test_a_refused_prompt_is_one_short_line(
    prompt: str, flags: list[str], named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["generate", prompt, "--output", str(tmp_path / "run"), *flags]) == 2
    shown = capsys.readouterr().err
    assert named in shown and shown.count("\n") == 1 and len(shown) <= 121
    assert not (tmp_path / "run").exists()


def test_a_plan_says_what_it_leaves_out_and_keeps_what_was_decided(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "plan.txt"
    file.write_text("chronic left effusion\npossible left mass\n", encoding="utf-8")
    plan = read_plan(file, PlanDefaults(uncertain="present"))
    assert [row.prompt for row in plan.rows] == ["chronic left effusion", "left mass"]
    assert "plan line 1: understood: left pleural effusion; left out: chronic" in capsys.readouterr().err
