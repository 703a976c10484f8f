# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The model of a manifest line, which everything that reads a run goes through.

Takes a line of a manifest.jsonl, of anyone; gives its content, or InputError that names the entry at fault.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from aurad_monai.bundles.safety.strict_json import parse_strict
from aurad_monai.errors import InputError
from aurad_monai.files import is_plain_name
from aurad_monai.safe_text import is_control

MAX_LINE = 2**20
LONGEST_TEXT = 4000
MOST = 1000
KEYS = ("image", "anatomy", "pathology")
NEXT_STEP = "generate the run again"
HASH = re.compile(r"[0-9a-f]{64}")
Check = Callable[[Any], bool]


def _text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_TEXT and not any(map(is_control, value))


def _texts(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= MOST and all(map(_text, value))


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e300


def _findings(value: Any) -> bool:
    if not isinstance(value, dict) or not {"findings", "view", "sex", "age"} <= set(value):
        return False
    patient = all(value[key] is None or _text(value[key]) or _number(value[key]) for key in ("view", "sex", "age"))
    items = value["findings"]
    return patient and isinstance(items, list) and len(items) <= MOST and all(isinstance(item, dict) for item in items)


def is_path(value: Any) -> bool:
    """Whether a value is a relative path of plain names."""
    return isinstance(value, str) and all(map(is_plain_name, value.split("/")))


def _mapping(check: Check) -> Check:
    return lambda value: (
        isinstance(value, dict) and len(value) <= MOST and all(_text(k) and check(v) for k, v in value.items())
    )


REQUIRED: dict[str, tuple[Check, str]] = {
    "id": (is_plain_name, "letters, digits, '.', '_' and '-'"),
    "seed": (lambda value: _number(value) and isinstance(value, int) and 0 <= value < 2**64, "a whole number from 0"),
    "prompt": (_text, "a text without control characters"),
    "accepted": (lambda value: isinstance(value, bool), "true or false"),
    "reasons": (_texts, "a list of texts"),
    "scores": (_mapping(lambda value: value is None or _number(value)), "numbers or null by name"),
    "files": (
        lambda value: isinstance(value, dict) and set(value) <= set(KEYS) and all(map(is_path, value.values())),
        f"relative paths inside the folder by {', '.join(KEYS)}",
    ),
    "sha256": (_mapping(lambda value: isinstance(value, str) and bool(HASH.fullmatch(value))), "hashes by file"),
    "findings": (_findings, "findings with view, sex and age"),
}
OPTIONAL: dict[str, tuple[Check, str]] = {
    "requested": (_findings, "findings with view, sex and age"),
    "resolved": (_findings, "findings with view, sex and age"),
    "spacing": (lambda value: value is None or (_number(value) and 0 < value < 1000), "mm a pixel, or null"),
    "not_judged": (_texts, "a list of texts"),
    "why_not_judged": (_mapping(_text), "texts by finding"),
    "case": (lambda value: isinstance(value, int) and value >= 0, "a whole number from 0"),
}


def checked_line(content: Any, where: str = "manifest.jsonl") -> dict[str, Any]:
    """The content of a line, every entry of it what it should be; entries that we do not know are of plain text too.

    Raises:
        InputError: names the first entry that is not.
    """
    if not isinstance(content, dict) or not all(map(_text, content)) or len(content) > MOST:
        raise InputError(where, type(content).__name__, "a JSON object a line", NEXT_STEP)
    for name, (check, allowed) in {**REQUIRED, **OPTIONAL}.items():
        if name not in content and name in REQUIRED:
            raise InputError(f"{where} {name}", "nothing", allowed, NEXT_STEP)
        if name in content and not check(content[name]):
            raise InputError(f"{where} {name}", content[name], allowed, NEXT_STEP)
    if set(content["files"]) != set(content["sha256"]) & set(KEYS):
        raise InputError(f"{where} sha256", ", ".join(content["sha256"]), "a hash for each of files", NEXT_STEP)
    if not all(map(_text, _texts_in(content))):
        raise InputError(where, content["id"], "texts without control characters", NEXT_STEP)
    return content


def _texts_in(content: Any) -> Iterator[str]:
    """Every text of a line, without recursion."""
    waiting = [content]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += [*value.keys(), *value.values()]
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, str):
            yield value
        elif isinstance(value, float) and not math.isfinite(value):
            yield "\0"  # a number that JSON does not have


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a manifest, one by one; ids are unique on every disk.

    Raises:
        InputError: it cannot be read, or a line is no line of a manifest.
    """
    seen: set[str] = set()
    try:
        with path.open("rb") as stream:
            for number, line in enumerate(iter(lambda: stream.readline(MAX_LINE + 1), b""), start=1):
                if len(line) > MAX_LINE:
                    raise ValueError("too long")
                if line.strip():
                    content = checked_line(parse_strict(line.decode("utf-8")), f"{path.name} line {number}")
                    if content["id"].casefold() in seen:
                        raise InputError(f"{path.name} line {number}", content["id"], "ids that differ", NEXT_STEP)
                    seen.add(content["id"].casefold())
                    yield content
    except InputError:
        raise
    except (OSError, ValueError, RecursionError) as error:
        why = " ".join(str(error).split())[:80]
        raise InputError("folder", path, f"one JSON object a line ({why})", NEXT_STEP) from error
