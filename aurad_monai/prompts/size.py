# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Measured sizes in prompts ("about 3 cm", "10% of the lungs"): text to token, token to finding, and back to text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from aurad_monai.prompts.finding import Finding
from aurad_monai.prompts.words import Kind, Token

ABOUT = ("about", "approximately", "around", "circa", "~", "roughly")
UNITS = {"cm": ("centimeters", 1.0), "mm": ("centimeters", 0.1), "%": ("percent", 1.0), "percent": ("percent", 1.0)}
WORDS = {"centimeter": "cm", "centimeters": "cm", "millimeter": "mm", "millimeters": "mm"}
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
    """A size that starts at a word, with how many words it takes: a number and a unit, "about" before it or not."""
    start = at + (words[at] in ABOUT)
    text, length = _number(words, start)
    end = start + length
    unit = WORDS.get(words[end], words[end]) if length and end < len(words) else ""
    if unit not in UNITS:
        return None
    end += 1
    end += next((len(tail) for tail in TAILS if tuple(words[end : end + len(tail)]) == tail), 0)
    kind, factor = UNITS[unit]
    return Token(Kind.SIZE, f"{kind} {float(text) * factor:g}", " ".join(words[at:end])), end - at


def _number(words: Sequence[str], at: int) -> tuple[str, int]:
    """A decimal number at a word ("3", "3.5") and how many words it takes; the lexer has split it at its point."""
    whole = words[at] if at < len(words) else ""
    if not (whole.isascii() and whole.isdigit() and len(whole) <= LONGEST_NUMBER):
        return "", 0
    rest = tuple(words[at + 1 : at + 3])
    if len(rest) == 2 and rest[0] == "." and rest[1].isascii() and rest[1].isdigit() and len(rest[1]) <= LONGEST_NUMBER:
        return f"{whole}.{rest[1]}", 3
    return whole, 1


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
