# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Strict JSON reader for untrusted files: limited size and depth, regular files only, unique keys, finite numbers.

Takes a file; gives its content or raises ValueError.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aurad_monai.files import read_bounded

MAX_BYTES = 4 * 2**20
MAX_DEPTH = 100


def read_strict(path: Path) -> Any:
    """The content of a JSON file.

    Raises:
        ValueError: says what is wrong: too large or deep, no UTF-8, a key given twice, NaN, no JSON.
        OSError: the file cannot be read.
    """
    return parse_strict(read_bounded(path, MAX_BYTES).decode("utf-8"))


def parse_strict(text: str) -> Any:
    """The content of a JSON text; raises ValueError as `read_strict` does."""
    try:
        content = json.loads(text, object_pairs_hook=_every_key_once, parse_constant=_no_constant)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if any(depth > MAX_DEPTH for depth in _depths(content)):
        raise ValueError("nested too deeply")
    return content


def _every_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """MONAI takes the last of two equal keys; a reader of the file may take the first."""
    content = dict(pairs)
    if len(content) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return content


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def _depths(content: Any, depth: int = 0) -> Iterator[int]:
    """Depth of every leaf, without recursion."""
    waiting = [(content, depth)]
    while waiting:
        value, level = waiting.pop()
        yield level
        children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        waiting += [(child, level + 1) for child in children]
