# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The README's commands and names are ones that exist."""

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path

import pytest

from aurad_monai import cli
from aurad_monai.prompts.parse import parse

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The fenced blocks of one language."""
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


AURAD_LINES = [line for block in blocks("bash") for line in block.splitlines() if line.startswith("aurad ")]
MAKE_TARGETS = set(re.findall(r"make (\w+)", README))


@pytest.mark.parametrize("line", AURAD_LINES)
def test_aurad_commands_are_understood(line: str) -> None:
    words = shlex.split(line)[1:]
    cli.understand(words)  # raises InputError for an unknown verb, flag or value
    if words[0] == "generate" and not words[1].startswith("-"):
        parse(words[1])


def test_there_are_commands_to_test() -> None:
    assert len(AURAD_LINES) >= 4
    assert {"demo", "test", "check"} <= MAKE_TARGETS


@pytest.mark.parametrize("target", sorted(MAKE_TARGETS))
def test_make_targets_exist(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)


def test_python_example_is_three_lines_of_python() -> None:
    (example,) = blocks("python")
    ast.parse(example)
    assert len([line for line in example.splitlines() if line]) == 3


def test_it_says_what_it_is_not_for() -> None:
    assert "For research, not for clinical use." in README
