# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Flags of the last version are understood, with one line on standard error."""

from __future__ import annotations

import importlib

import pytest

from aurad_monai.cli import deprecated
from aurad_monai.cli.commands.action import flags
from aurad_monai.cli.main import understand


@pytest.mark.parametrize("words", [["--most", "5"], ["--most=5"], ["--max_cases", "5"]])
def test_old_flags_are_understood(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    understand(["evaluate", "a", "--reference", "b", "--output", "c", *words])
    lines = capsys.readouterr().err.splitlines()
    assert lines == (["note: --most is now --max_cases; the next version refuses the old name"] * ("most" in words[0]))


@pytest.mark.parametrize("words", [["--criteria", "near_copy,view"], ["--criteria=near_copy,view"]])
def test_old_values_are_understood(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert deprecated.current("calibrate", words)[-1].endswith("memorization,orientation")
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_a_prompt_is_never_changed() -> None:
    assert deprecated.current("evaluate", ["most"]) == ["most"]


@pytest.mark.parametrize("verb", deprecated.FLAGS)
def test_new_flags_exist_and_old_ones_do_not(verb: str) -> None:
    known = flags(getattr(importlib.import_module(f"aurad_monai.cli.commands.{verb}"), verb))
    assert set(deprecated.FLAGS[verb].values()) <= set(known) and not set(deprecated.FLAGS[verb]) & set(known)
