# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Attacks generated from the installed versions: names around each allowed one, and what each allowed one can reach.

Takes a full name on the list; gives dotted names that lead elsewhere from its module, and the functions that its source
leads to, transitively, with the dangerous calls in them.
"""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import textwrap
from collections.abc import Iterator
from types import FunctionType, ModuleType
from typing import Any

PACKAGES = ("monai", "torch", "ignite", "aurad_monai")
SINKS = frozenset(
    {"eval", "exec", "compile", "open", "__import__", "import_module", "locate", "optional_import", "system", "popen"}
    | {"Popen", "run_cmd", "check_call", "check_output", "load_module", "connect", "socket", "urlopen", "urlretrieve"}
    | {"loads", "load_url", "load_state_dict_from_url", "download_url", "pickle_operations", "CDLL", "Manager"}
)
METHODS = ("attach", "forward")
"""What runs beside properties and methods with underscores without being named by a config."""


def located(name: str) -> Any:
    """The object of a full name."""
    parts = name.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        try:
            found: Any = importlib.import_module(".".join(parts[:cut]))
        except ImportError:
            continue
        for part in parts[cut:]:
            found = getattr(found, part)
        return found
    raise ImportError(name)


def neighbors(name: str, depth: int = 2) -> Iterator[str]:
    """Dotted names of everything that attributes lead to from the module of an allowed name."""
    yield from _names_below(inspect.getmodule(located(name)), depth)


@functools.cache
def _names_below(module: ModuleType, depth: int) -> tuple[str, ...]:
    found = []
    for attribute, value in list(vars(module).items()):
        here = f"{module.__name__}.{attribute}"
        found.append(here)
        if isinstance(value, ModuleType) and depth > 1:
            found += [f"{here}.{inner}" for inner in list(vars(value))]
        elif isinstance(value, type):
            found += [f"{here}.{inner}" for inner in dir(value)]
        elif isinstance(value, FunctionType):
            found += [f"{here}.__globals__", f"{here}.__code__", f"{here}.__call__"]
    return tuple(found)


def reached(name: str) -> dict[str, set[str]]:
    """Functions that an allowed name can lead to by the names in their source, and the sinks each of them holds."""
    found: dict[str, set[str]] = {}
    waiting = list(_starts(located(name)))
    while waiting:
        function = waiting.pop()
        label = f"{function.__module__}.{function.__qualname__}"
        if label in found or not label.startswith(tuple(f"{package}." for package in PACKAGES)):
            continue
        sinks, others = _inside(function)
        found[label] = set(sinks)
        waiting += others
    return found


def _starts(item: Any) -> Iterator[FunctionType]:
    if isinstance(item, type):
        for above in item.__mro__:
            for method, value in vars(above).items():
                function = value.fget if isinstance(value, property) else value
                called = isinstance(value, property) or method in METHODS or method.startswith("__")
                if method == "__prepare_scriptable__":  # called by torch.jit.script, which no config reaches
                    continue
                plain = inspect.unwrap(function) if called and callable(function) else None
                if isinstance(plain, FunctionType):
                    yield plain
    elif function := getattr(item, "__func__", item):
        if isinstance(plain := inspect.unwrap(function), FunctionType):
            yield plain


@functools.cache
def _inside(function: FunctionType) -> tuple[tuple[str, ...], tuple[FunctionType, ...]]:
    """Dangerous calls in a function, and the functions and classes of our packages that it names."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return (), ()
    sinks: list[str] = []
    others: list[FunctionType] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in SINKS:
                sinks += [] if _harmless(node) else [ast.unparse(node)[:100]]
                continue
            if called == "getattr" and len(node.args) > 1 and not isinstance(node.args[1], ast.Constant):
                sinks.append(ast.unparse(node)[:100])
            others += _named(node.func, function)
    return tuple(sinks), tuple(others)


def _harmless(node: ast.Call) -> bool:
    """A module or name written out is not chosen by who calls; `network.eval()` and `json.loads` evaluate nothing."""
    text = ast.unparse(node)
    written = bool(node.args) and all(isinstance(part, ast.Constant) for part in node.args)
    return written or text.endswith(".eval()") or text.startswith("json.loads(")


def _named(node: ast.expr, function: FunctionType) -> list[FunctionType]:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.insert(0, node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or node.id not in function.__globals__:
        return []
    found: Any = function.__globals__[node.id]
    for part in parts:
        found = inspect.getattr_static(found, part, None)
    if isinstance(found, type) and not issubclass(found, BaseException):
        return list(_starts(found))
    plain = inspect.unwrap(found) if callable(found) else None
    return [plain] if isinstance(plain, FunctionType) else []
