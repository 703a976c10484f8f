# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Measured sizes in prompts ("about 3 cm", "2 x 3 cm", "10% of the lungs"): text to token, to finding, and back.

In: words of the lexer. Out: one size; of a range or of two dimensions the larger, and the token says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from aurad_monai.prompts.finding import Finding
from aurad_monai.prompts.words import Kind, Token

ABOUT = ("about", "approximately", "around", "circa", "~", "roughly", "nearly", "almost", "up", "to")
UNITS = {"cm": ("centimeters", 1.0), "mm": ("centimeters", 0.1), "%": ("percent", 1.0), "percent": ("percent", 1.0)}
WORDS = {"centimeter": "cm", "centimeters": "cm", "millimeter": "mm", "millimeters": "mm"}
BETWEEN = ("x", "\u00d7", "by", "to", "-", "and")
"""What stands between the numbers of a range or of several dimensions."""
TAILS = (
    ("of", "both", "lungs"),
    ("of", "the", "lungs"),
    ("of", "the", "lung"),
    ("of", "lung", "area"),
    ("in", "diameter"),
    ("in", "size"),
    ("diameter",),
    ("across",),
    ("wide",),
)
LONGEST_NUMBER = 6


def read_size(words: Sequence[str], at: int) -> tuple[Token, int] | None:
    """A size that starts at a word, with how many words it takes: numbers and units, "about" before them or not."""
    start = at
    while start < len(words) and words[start] in ABOUT:
        start += 1
    sizes: list[tuple[str, float]] = []
    pending, end, here = [], start, start
    while True:
        text, length = _number(words, here)
        if not length:
            break
        here += length
        pending.append(float(text))
        unit = WORDS.get(words[here], words[here]) if here < len(words) else ""
        if unit in UNITS:
            kind, factor = UNITS[unit]
            here += 1
            sizes += [(kind, round(number * factor, 6)) for number in pending]
            pending, end = [], here
        if here >= len(words) or words[here] not in BETWEEN:
            break
        here += 1
    if not sizes or len({kind for kind, _ in sizes}) > 1:
        return None
    end += next((len(tail) for tail in TAILS if tuple(words[end : end + len(tail)]) == tail), 0)
    kind, largest = max(sizes)
    note = f"{largest:g} {'%' if kind == 'percent' else 'cm'}, the larger" if len(sizes) > 1 else ""
    if kind == "percent" and _of_one_lung(words[end : end + 4]):
        note, largest = f"{largest:g}% of one lung read as {largest / 2:g}% of both", largest / 2
    return Token(Kind.SIZE, f"{kind} {largest:g}", " ".join(words[at:end]), note), end - at


def _of_one_lung(words: Sequence[str]) -> bool:
    """Whether a share is said of one side: "of the hemithorax", "of the right lung"; "of the lung" is of both."""
    rest = [word for word in words[1:] if word not in ("the", "that", "its")]
    if words[:1] != ["of"] or not rest:
        return False
    return rest[0] == "hemithorax" or (rest[0] in ("left", "right") and rest[1:2] in (["hemithorax"], ["lung"]))


def _number(words: Sequence[str], at: int) -> tuple[str, int]:
    """A decimal number at a word ("3", "3.5", ".5") and how many words it takes; the lexer splits it at its point."""
    whole = words[at] if at < len(words) else ""
    if whole == "." and at + 1 < len(words) and _digits(words[at + 1]):
        return f"0.{words[at + 1]}", 2
    if not _digits(whole):
        return "", 0
    rest = tuple(words[at + 1 : at + 3])
    if len(rest) == 2 and rest[0] == "." and _digits(rest[1]):
        return f"{whole}.{rest[1]}", 3
    return whole, 1


def _digits(word: str) -> bool:
    return word.isascii() and word.isdigit() and len(word) <= LONGEST_NUMBER


def with_size(item: Finding, value: str | None) -> Finding:
    """The finding with the size that a size token's value stands for."""
    if value is None:
        return item
    kind, number = value.split(" ")
    if kind == "percent":
        return replace(item, percent=float(number))
    return replace(item, centimeters=float(number))


def size_words(item: Finding) -> str:
    """A finding's measured size as `read_size` reads it, or nothing."""
    if item.centimeters is not None:
        return f"{item.centimeters:.6f}".rstrip("0").rstrip(".") + " cm"
    return "" if item.percent is None else f"{item.percent:.6f}".rstrip("0").rstrip(".") + "%"
