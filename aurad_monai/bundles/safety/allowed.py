# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The finite list of what a stranger's config may call: full names, the arguments of each, and what each argument takes.

Takes a name, an argument or a value; gives whether it is on the list. The list itself is `allowed.json`.
"""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path
from typing import Any

TABLE = Path(__file__).with_name("allowed.json")
REFERENCE = re.compile(r"@[A-Za-z]\w*(?:(?:#|::)\w+)*", flags=re.ASCII)
WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_ -]{0,63}")
DEVICE = re.compile(r"cpu|cuda(:[0-9]{1,3})?|mps")
FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}(\.[A-Za-z0-9_-]{1,20}){0,3}")
LAYER = re.compile(r"[A-Za-z0-9_]{1,40}(\.[A-Za-z0-9_]{1,40}){0,20}")
LARGEST = 2**32
LARGEST_IN_NETWORK = 2**14
"""A number in a component other than a learning rate is a size, a count or a threshold."""
MOST_ITEMS = 1000
MODEL_FILE = "aurad_monai.bundles.bundle.model_file"


@functools.cache
def table() -> dict[str, dict[str, str]]:
    """Full name to its arguments and their kinds: number, switch, numbers, words, object, device and so on."""
    return dict(json.loads(TABLE.read_text(encoding="utf-8")))


@functools.cache
def full_name(name: str) -> str:
    """The name on the list that a locked config means by a short one; the name itself where there is none."""
    if name in table() or "." in name:
        return name
    found = [full for full in table() if full.startswith("monai.") and full.rpartition(".")[2] == name]
    return found[0] if len(found) == 1 else name


def number_refusal(value: object, limit: int = LARGEST) -> str | None:
    """Why a number is refused; None for one that may stand, and for anything but a number."""
    if isinstance(value, (int, float)) and not abs(value) <= limit:
        return f"a number beyond {limit}"
    return None


def numbers_only(value: Any, depth: int = 5) -> bool:
    """Whether a value is made of numbers, switches and nulls, in lists and mappings of plain names."""
    return _made_of(value, None, depth)


def words_only(value: Any, depth: int = 5) -> bool:
    """Whether a value is made of words such as `bilinear`, numbers, switches and nulls."""
    return _made_of(value, WORD, depth)


def _made_of(value: Any, texts: re.Pattern[str] | None, depth: int) -> bool:
    if depth == 0:
        return False
    if isinstance(value, dict):
        names = all(isinstance(name, str) and WORD.fullmatch(name) and name[0] != "_" for name in value)
        return names and len(value) <= MOST_ITEMS and all(_made_of(v, texts, depth - 1) for v in value.values())
    if isinstance(value, list):
        return len(value) <= MOST_ITEMS and all(_made_of(item, texts, depth - 1) for item in value)
    if isinstance(value, str):
        return texts is not None and bool(texts.fullmatch(value))
    return number_refusal(value, LARGEST_IN_NETWORK) is None


def literal_fits(kind: str, value: Any) -> bool:
    """Whether a literal is what an argument of this kind takes; references are followed before."""
    if kind == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool) and numbers_only(value)
    if kind == "switch":
        return isinstance(value, bool)
    if kind == "numbers":
        return numbers_only(value)
    if kind == "words":
        return words_only(value)
    if kind.startswith("choice:"):
        return isinstance(value, str) and value in kind.removeprefix("choice:").split(",")
    patterns = {"device": DEVICE, "file": FILE, "layer": LAYER}
    return kind in patterns and isinstance(value, str) and bool(patterns[kind].fullmatch(value))


def kind_in_words(kind: str) -> str:
    """What an argument of a kind takes, for whoever wrote something else."""
    sentences = {
        "number": f"a number up to {LARGEST_IN_NETWORK}",
        "switch": "true or false",
        "numbers": f"numbers up to {LARGEST_IN_NETWORK}",
        "words": "words without dots and slashes",
        "object": "a component, a reference to one, or a list of them",
        "device": "cpu, cuda, cuda:N or mps",
        "file": "the name of a file in models/",
        "layer": "the name of a layer",
        "model_file": f"a component {MODEL_FILE}",
    }
    name, _, rest = kind.partition(":")
    return sentences.get(name) or (f"one of {rest}" if name == "choice" else f"@{rest}")
