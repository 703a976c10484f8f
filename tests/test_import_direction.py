# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Imports only go down, fire stays in the command line, and nothing of the package reaches into bundles/."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "aurad_monai"
LAYERS = (
    {
        "__init__",
        "vocabulary",
        "data",
        "plugins",
        "statistics",
        "files",
        "weights",
        "reporting",
        "errors",
        "safe_text",
        "traced",
    },
    {"bundles", "prompts"},
    {"anatomy"},
    {"case"},
    {"io", "experts"},
    {"request", "lesions"},
    {"filtering", "diffusion"},
    {"standalone"},
    {"export"},
    {"generation", "datasets"},
    {"evaluation", "archive"},
    {"training"},
    {"browser"},
    {"readers", "studio"},
    {"cli"},
)
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
MODULES = sorted(PACKAGE.rglob("*.py"))
FIRE_ALLOWED = {"cli/main.py"}
"""The only file of the package that knows fire."""


def part(module: str) -> str:
    """The folder or file of the package that a dotted name lies in: aurad_monai.io.frame gives data."""
    return module.split(".")[1] if "." in module else "__init__"


def imports(path: Path) -> set[str]:
    """Dotted names that a file imports, wherever in it; `from x import y` counts as x.y."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide the direction"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def own_parts(path: Path) -> set[str]:
    """Parts of the package that a file imports."""
    return {part(name) for name in imports(path) if name.split(".")[0] == "aurad_monai"} - {"__version__"}


def _name(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def _part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def test_every_part_has_a_layer() -> None:
    assert {_part_of(path) for path in MODULES} <= set(LEVEL)


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_imports_go_down_or_stay(path: Path) -> None:
    level = LEVEL[_part_of(path)]
    upward = {name for name in own_parts(path) if LEVEL.get(name, 0) > level}
    assert not upward, f"{_name(path)} imports {upward} from above"


def test_parts_of_one_layer_form_no_circle() -> None:
    below: dict[str, set[str]] = {name: set() for name in LEVEL}
    for path in MODULES:
        below[_part_of(path)] |= own_parts(path) & set(LEVEL) - {_part_of(path)}
    done: set[str] = set()
    while ready := {name for name, needs in below.items() if name not in done and needs <= done}:
        done |= ready
    assert done == set(below), f"circle among {sorted(set(below) - done)}"


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_fire_and_bundles_stay_outside(path: Path) -> None:
    names = {name.split(".")[0] for name in imports(path)}
    assert "fire" not in names or _name(path) in FIRE_ALLOWED
    assert "bundles" not in names
    assert path.name != "utils.py"


def test_every_file_says_where_it_stands() -> None:
    for path in MODULES:
        text = path.read_text(encoding="utf-8")
        assert text.startswith("# SPDX-FileCopyrightText: 2026 aurad-monai contributors\n# SPDX-License-Identifier:"), (
            path
        )
        assert path.name == "__init__.py" or ast.get_docstring(ast.parse(text)), path
