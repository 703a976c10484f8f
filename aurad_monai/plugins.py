# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Lists the modules of a folder that can do one thing, such as export formats and dataset sources.

Takes the folder and the name of a function; gives module names with what their docstrings say. Imports none of them.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path


def modules_with(function: str, folder: Path) -> dict[str, str]:
    """Modules of a folder that define a function, by name, with the first line of their docstring."""
    found = {}
    for path in sorted(folder.glob("[!_]*.py")):
        module = ast.parse(path.read_text(encoding="utf-8"))
        if any(isinstance(node, ast.FunctionDef) and node.name == function for node in module.body):
            found[path.stem] = (ast.get_docstring(module) or "").partition("\n")[0].rstrip(".")
    return found


def as_help(modules: Mapping[str, str]) -> str:
    """The modules as lines of a command's help, one each."""
    width = max(map(len, modules))
    return "\n".join(f"      {name:<{width}}  {what}" for name, what in modules.items())
