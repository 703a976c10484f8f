# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Checks a bundle's `logging.conf`, whose `class` and `args` Python evaluates.

Takes the file; gives a list of `Problem`.
"""

from __future__ import annotations

import ast
import configparser
from pathlib import Path

from aurad_monai.bundles.safety.paths import path_refusal
from aurad_monai.bundles.safety.problem import Problem

CLASSES = frozenset(
    {"StreamHandler", "FileHandler", "NullHandler", "Formatter", "handlers.RotatingFileHandler"}
    | {"logging.StreamHandler", "logging.FileHandler", "logging.NullHandler", "logging.Formatter"}
    | {"logging.handlers.RotatingFileHandler"}
)
STREAMS = frozenset({"sys.stdout", "sys.stderr"})


def logging_problems(path: Path, file: str) -> list[Problem]:
    """Everything in a logging.conf that would run something or talk to someone.

    Args:
        path: the file.
        file: its name in what is reported.
    """
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(path.read_text(encoding="utf-8"))
    except (configparser.Error, OSError, ValueError) as error:
        return [Problem(file, "", type(error).__name__, "no readable logging configuration")]
    found = []
    for section in [configparser.DEFAULTSECT, *parser.sections()]:
        for key, value in parser[section].items():
            if why := _refusal(key, value):
                found.append(Problem(file, f"{section}#{key}", value, why))
    return found


def _refusal(key: str, value: str) -> str | None:
    if key == "class" and value.strip() not in CLASSES:
        return f"a class of logging that only writes to a stream or file: {', '.join(sorted(CLASSES))}"
    if key in ("args", "kwargs") and not _plain(value):
        return "arguments must be literals, sys.stdout or sys.stderr"
    return None


def _plain(value: str) -> bool:
    try:
        tree = ast.parse(value.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    if isinstance(tree, ast.Dict):
        items: list[ast.expr] = [*filter(None, tree.keys), *tree.values]
        return len(items) == 2 * len(tree.values) and all(_plain_item(item) for item in items)
    return isinstance(tree, (ast.Tuple, ast.List)) and all(_plain_item(item) for item in tree.elts)


def _plain_item(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return not (isinstance(node.value, str) and path_refusal(node.value))
    return isinstance(node, ast.Attribute) and ast.unparse(node) in STREAMS
