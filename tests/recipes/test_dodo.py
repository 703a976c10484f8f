# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Steps of make results as doit runs them: in the clone, wherever doit is; what they print and how long they took."""

from __future__ import annotations

from pathlib import Path

import pytest

from recipes import dodo

HERE = "python -c \"import pathlib; print(pathlib.Path('recipes/results.yaml').is_file())\""


def step(command: str) -> dict[str, object]:
    return {"name": "here", "title": "Where is it?", "uses": [], "command": command, "csv": ""}


def test_a_step_finds_the_files_of_its_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dodo, "RUNS", tmp_path)
    monkeypatch.chdir(tmp_path)
    assert dodo.run(step(HERE))
    assert (tmp_path / "here.txt").read_text(encoding="utf-8") == "True\n"
    assert int((tmp_path / "here.seconds").read_text(encoding="utf-8")) >= 0


def test_a_step_that_fails_leaves_nothing_that_says_it_was_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dodo, "RUNS", tmp_path)
    assert not dodo.run(step('python -c "raise SystemExit(2)"'))
    assert not (tmp_path / "here.txt").exists() and not (tmp_path / "here.seconds").exists()
