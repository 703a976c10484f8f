# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""What the documentation tells a reader to type: fenced blocks of its pages, and the command lines in them."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGES = sorted(
    [
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "bundles").glob("*/docs/README.md"),
        ROOT / "README.md",
        ROOT / "SECURITY.md",
    ]
)
KNOWN = ("aurad", "python", "pip", "torchrun", "nox", "make", "minisign")
"""Programs that the documentation calls."""

ASSIGNMENT = r"[A-Z_]+=\S+"


def blocks(page: Path, *languages: str) -> list[str]:
    """The fenced blocks of some languages, without their indentation."""
    text = page.read_text(encoding="utf-8")
    found = re.findall(r"^( *)```(\w*)\n(.*?)^ *```", text, flags=re.DOTALL | re.MULTILINE)
    return [re.sub(rf"^{indent}", "", body, flags=re.MULTILINE) for indent, name, body in found if name in languages]


def lines_of(block: str) -> list[str]:
    """Lines of a block, continuations joined, without what is set for one command alone (`NAME=value aurad ...`)."""
    joined = block.replace("\\\n", " ").splitlines()
    return [re.sub(rf"^({ASSIGNMENT} )+(?=[a-z])", "", line) for line in joined]


INLINE = re.compile(r"(?<!`)`(python (?:-m )?recipes[/.][^`]+ -[^`]+)`(?!`)")
"""A command in a sentence: one of the recipes with flags. What else stands there are names, as `aurad generate`."""


def commands(page: Path) -> list[str]:
    """Every command line; blocks without a language count where they start with a command."""
    lines = [line for block in blocks(page, "bash", "") for line in lines_of(block)]
    told = [" ".join(found.split()) for found in INLINE.findall(page.read_text(encoding="utf-8"))]
    return [*(line for line in lines if line.split() and line.split()[0] in KNOWN), *told]


def words_of(line: str) -> list[str]:
    """A command line as a shell would split it."""
    return shlex.split(line, comments=True)
