# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Every `aurad` command of the README works as printed, in a folder with examples/, each after the one before it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from aurad_monai.cli.main import main
from tests.pages import ROOT, commands, words_of

LINES = [line for line in commands(ROOT / "README.md") if line.startswith("aurad ")]


@pytest.mark.timeout(900)
def test_commands_work_one_after_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert {line.split()[1] for line in LINES} >= {"generate", "render", "synthesize", "export", "filter", "audit"}
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    for line in LINES:
        assert main(words_of(line)[1:]) == 0, line
