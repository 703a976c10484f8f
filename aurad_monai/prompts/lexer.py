# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Lexer of prompts: text to tokens of the table in `words.py`.

Raises InputError that names every unknown word.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Container, Sequence
from difflib import get_close_matches
from itertools import groupby

from aurad_monai import vocabulary
from aurad_monai.errors import InputError
from aurad_monai.prompts.size import read_size
from aurad_monai.prompts.words import AGE_WORDS, LONGEST, PHRASES, REASONS, REFUSED, RELATED, UNITS, Kind, Phrase, Token

MAX_CHARACTERS = 1300
HYPHENS = "\u2010\u2011\u2012\u2013\u2212"
DASHES = "\u2014\u2015"
SHOWN = 6
"""Unknown words named in one refusal."""


def tokenize(text: str) -> list[Token]:
    """Tokens of a prompt, in order.

    Raises:
        InputError: for a prompt that is empty or too long, and for words that are refused or unknown.
    """
    if not isinstance(text, str) or not text.strip():
        raise InputError("prompt", text, "findings in words", "for example 'small left pleural effusion'")
    if len(text) > MAX_CHARACTERS:
        raise InputError("prompt", text, f"at most {MAX_CHARACTERS} characters", f"it has {len(text)}")
    words = split_words(text)
    tokens: list[Token] = []
    unknown: list[str] = []
    refused: list[tuple[str, str]] = []
    at = 0
    while at < len(words):
        length = _longest(words, at, PHRASES)
        refused_length = _longest(words, at, REFUSED)
        if number := _age(words, at) or read_size(words, at):
            token, length = number
            tokens.append(token)
        elif refused_length > length:
            length = refused_length
            refused.append((" ".join(words[at : at + length]), REFUSED[tuple(words[at : at + length])]))
        elif length:
            phrase = tuple(words[at : at + length])
            tokens += [Token(kind, value, " ".join(phrase)) for kind, value in PHRASES[phrase]]
        else:
            unknown.append(words[at])
        at += max(length, 1)
    _refuse(refused, unknown)
    return tokens


def split_words(text: str) -> list[str]:
    """Lower-case words, numbers and single punctuation marks, whatever the case, spacing, hyphens or Unicode form."""
    text = unicodedata.normalize("NFKC", text).casefold()
    text = "".join(char for char in text if unicodedata.category(char) != "Cf")
    text = text.translate({**dict.fromkeys(map(ord, HYPHENS), "-"), **dict.fromkeys(map(ord, DASHES), ";")})
    text = "".join(_hyphen(text, at) if char == "-" else char for at, char in enumerate(text))
    runs = ((kind, "".join(run)) for kind, run in groupby(text, _class))
    return [run if kind in ("letter", "digit") else kind for kind, run in runs if kind != "space"]


def _class(char: str) -> str:
    """Letters, digits and spaces run together; any other character stands for itself."""
    if char.isspace():
        return "space"
    if char in "0123456789":
        return "digit"
    return "letter" if char.isalnum() else char


def _hyphen(text: str, at: int) -> str:
    """Beside a word a hyphen is a space, alone it ends a statement, before a number it stays and is refused."""
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    if before.isalnum() or after.isalpha():
        return " "
    return "-" if after.isdigit() else ";"


def _longest(words: Sequence[str], at: int, phrases: Container[Phrase]) -> int:
    for length in range(min(LONGEST, len(words) - at), 0, -1):
        if tuple(words[at : at + length]) in phrases:
            return length
    return 0


def _age(words: Sequence[str], at: int) -> tuple[Token, int] | None:
    """A number is an age after "aged", before "year-old" and its like, or directly before a sex ("65M")."""
    named = words[at] in AGE_WORDS
    number = at + named
    if number >= len(words) or not _is_age(words[number]):
        return None
    units = _longest(words, number + 1, UNITS)
    following = tuple(words[number + 1 : number + 2])
    if not (named or units or PHRASES.get(following, ((Kind.FILLER, ""),))[0][0] is Kind.SEX):
        return None
    length = number + 1 + units - at
    return Token(Kind.AGE, words[number], " ".join(words[at : at + length])), length


def _is_age(word: str) -> bool:
    return len(word) <= 3 and all(char in "0123456789" for char in word)


def _refuse(refused: list[tuple[str, str]], unknown: list[str]) -> None:
    if refused:
        reason = refused[0][1]
        named = dict.fromkeys(text for text, why in refused if why == reason)
        raise InputError("prompt", ", ".join(named), *REASONS[reason])
    if unknown:
        named = dict.fromkeys(unknown)
        offers = [offer for word in list(named)[:SHOWN] if (offer := near(word))]
        labels = ", ".join(term.label for term in vocabulary.FINDINGS)
        known = f"{labels}, with side, zone, severity, view, sex and age"
        raise InputError("prompt", ", ".join(map(printable, list(named)[:SHOWN])), known, "; ".join(offers))


def near(word: str) -> str:
    """What a word that is not understood was perhaps meant to be, as "did you mean", or nothing."""
    if word in RELATED:
        return f"for '{word}' try {RELATED[word]}"
    if word.isascii() and word.isdigit():
        return f"for '{word}' try '63-year-old', if it is an age"
    known = {part for phrase in PHRASES for part in phrase if part.isalpha() and len(part) > 2}
    if word in known:
        offers = sorted((" ".join(phrase) for phrase in PHRASES if word in phrase), key=lambda text: (len(text), text))[
            :3
        ]
    else:
        offers = get_close_matches(word, sorted(known), n=3, cutoff=0.75)
    return f"for '{printable(word)}' try {' or '.join(offers)}" if offers else ""


def printable(word: str) -> str:
    """The word, with what a terminal could not show (controls, lone surrogates) written as escapes."""
    return word if word.isprintable() else word.encode("unicode_escape").decode()
