# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Every recipe and benchmark can be imported where only the extra `dev` is installed, and imports no test."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ELSEWHERE = {"recipes.figures.report_baselines": "medspacy"}
"""Scripts that need a package of an extra of their own."""
SCRIPTS = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for folder in ("recipes", "benchmarks")
    for path in (ROOT / folder).rglob("*.py")
    if path.stem != "__init__"
)


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_can_be_imported(name: str) -> None:
    if name in ELSEWHERE:
        pytest.importorskip(ELSEWHERE[name])
    importlib.import_module(name)


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_takes_nothing_from_the_tests(name: str) -> None:
    tree = ast.parse((ROOT / name.replace(".", "/")).with_suffix(".py").read_text(encoding="utf-8"))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom | ast.Import)]
    names = [getattr(node, "module", None) or alias.name for node in imports for alias in node.names]
    assert not [imported for imported in names if imported.partition(".")[0] == "tests"]
