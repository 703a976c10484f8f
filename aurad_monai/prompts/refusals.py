# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Refusals of prompts: one line of at most 120 characters, with what was not understood and the nearest that would be.

In: words. Out: `InputError`, to be raised. What is offered is near in meaning; spelling decides only between words of
findings that differ by a slip of the keyboard.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from functools import lru_cache

from aurad_monai.errors import InputError
from aurad_monai.prompts.words import LANGUAGES, NAMES, NEAREST, PHRASES, Kind, certain_names

LONGEST_LINE = 112
"""Characters of a refusal, which leaves room for "error: " before it."""
SHORTEST = 24
"""Characters to which the words at fault are cut before what to do next is left out."""
SHOWN = 6
"""Words named in one refusal."""


def refusal(value: str, allowed: str, next_step: str = "", argument: str = "prompt") -> InputError:
    """The error of a prompt; its value is whole, its text is cut to one line of at most `LONGEST_LINE` characters."""
    error = InputError(argument, value, allowed, next_step)
    for step in (next_step, ""):
        over = len(str(InputError(argument, value[:200], allowed, step))) - LONGEST_LINE
        room = len(value[:200]) - over - 4
        if over <= 0 or room >= SHORTEST:
            shown = value if over <= 0 else value[:room].rstrip() + "..."
            error = InputError(argument, shown, allowed, step)
            break
    error.value, error.next_step = value, next_step
    return error


def not_drawable(text: str, nearest: str) -> InputError:
    """The error of a finding that is known and cannot be drawn, with the nearest that can."""
    return refusal(
        text, "what can be drawn", f"known, cannot be; nearest: {nearest}" if nearest else "known, cannot be"
    )


def unknown(words: Sequence[str], every: Sequence[str]) -> InputError:
    """The error of words that are not in the table; of a sentence in German or French, that it is one."""
    language = language_of(every)
    if language:
        return refusal(" ".join(every), f"English; this is {language}", "write it in English")
    named = [printable(word) for word in dict.fromkeys(words)][:SHOWN]
    offer = next((text for word in named if (text := near(word))), "see docs/reference/prompts.md")
    return refusal(", ".join(named), "known words", offer)


def language_of(words: Sequence[str]) -> str:
    """German or French, where enough words are of it that are none of ours; else nothing."""
    letters = [word for word in words if word.isalpha()]
    for name, known in LANGUAGES.items():
        hits = [word for word in letters if word in known and (word,) not in PHRASES and word not in NAMES]
        if hits and (len(hits) >= 0.3 * len(letters) or len(hits) >= 4):
            return name
    return ""


def near(word: str) -> str:
    """What a word that is not understood was perhaps meant to be, as a request, or nothing."""
    if word in NEAREST:
        return f"for '{word}' try {NEAREST[word]}"
    if word.isascii() and word.isdigit():
        return f"for '{word}' try '63-year-old', if it is an age"
    if word in _names_by_word():
        return f"for '{word}' try {_names_by_word()[word]}"
    close = [
        known
        for known in get_close_matches(word, _vocabulary(), n=3, cutoff=0.84)
        if known[0] == word[0] and abs(len(known) - len(word)) <= 2
    ]
    return f"for '{printable(word)}' try {close[0]}" if close else ""


@lru_cache(maxsize=1)
def _names_by_word() -> dict[str, str]:
    """Words that stand only in longer names of findings, each with the shortest such name."""
    found: dict[str, str] = {}
    for name in sorted(certain_names(), key=lambda text: (len(text), text)):
        for word in name.split():
            found.setdefault(word, name)
    return {word: name for word, name in found.items() if word != name and len(word) > 2}


@lru_cache(maxsize=1)
def _vocabulary() -> tuple[str, ...]:
    """Words of findings and of their side, zone and severity."""
    kinds = (Kind.LATERALITY, Kind.ZONE, Kind.SEVERITY, Kind.VIEW, Kind.SEX)
    words = {word for phrase, meaning in PHRASES.items() if meaning[0][0] in kinds for word in phrase}
    words |= {word for name in certain_names() for word in name.split()}
    return tuple(sorted(word for word in words if word.isalpha() and len(word) > 4))


def printable(word: str) -> str:
    """The word, with what a terminal could not show (controls, lone surrogates) written as escapes."""
    return word if word.isprintable() else word.encode("unicode_escape").decode()
