# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Lexer of prompts and reports: text to tokens of the table in `words.py`.

In: text. Out: tokens; words outside the table are strangers, which a prompt refuses and a report passes over.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from aurad_monai.prompts.size import read_size
from aurad_monai.prompts.words import (
    AGE_WORDS,
    ATTRIBUTES,
    FILLERS,
    LONGEST,
    NAMES,
    PHRASES,
    UNITS,
    Kind,
    Meaning,
    Phrase,
    Token,
)

HYPHENS = "\u2010\u2011\u2012\u2013\u2212"
DASHES = "\u2014\u2015"
MAX_WORDS = 12
"""Longest name of a finding, with what stands inside it."""
ORDINAL = ("st", "nd", "rd", "th")
SPINE = ("t", "l", "c")
CALCIFIED = ("calcified", "calcific")
"""Words that begin names in which parts of the chest may stand: "calcified mediastinal and hilar lymph nodes"."""
INNER = (*ATTRIBUTES, Kind.NEUTRAL, Kind.LINKED, Kind.TO)
"""What may stand inside the name of a finding: "heart is mildly enlarged"."""
Name = tuple[Meaning, list[Token], int]


def tokenize(text: str) -> list[Token]:
    """Tokens of a text, in order; whatever is not in the table is a stranger."""
    words, tokens, at = split_words(text), [], 0
    while at < len(words):
        found, length = _read(words, at)
        tokens += found
        at += length
    return tokens


def _read(words: Sequence[str], at: int) -> tuple[list[Token], int]:
    """The tokens that begin at a word, and how many words they take."""
    number = _numbering(words, at) or _age(words, at) or read_size(words, at) or _ordinal(words, at)
    if number:
        return [number[0]], number[1]
    length = longest(words, at)
    name = _name(words, at)
    if name[2] and name[2] >= length:
        meaning, inner, length = name
        shown = " ".join(words[at : at + length])
        return [*inner, *(Token(kind, value, shown, _note(kind, shown, meaning)) for kind, value in meaning)], length
    if not length:
        return [Token(Kind.STRANGER, "", words[at])], 1
    phrase = tuple(words[at : at + length])
    return [Token(kind, value, " ".join(phrase)) for kind, value in PHRASES[phrase]], length


def _note(kind: Kind, shown: str, meaning: Meaning) -> str:
    """What is assumed where a wider word is read as a finding."""
    if kind is Kind.LOOSE:
        return f"{shown} read as {meaning[0][1]}"
    return f"{shown} read as {meaning[1][1]} {meaning[0][1]}" if kind is Kind.IMPLIED else ""


def split_words(text: str) -> list[str]:
    """Lower-case words, numbers and single punctuation marks, whatever the case, spacing, hyphens or Unicode form."""
    text = unicodedata.normalize("NFKC", text).casefold()
    text = "".join(char for char in text if unicodedata.category(char) != "Cf")
    text = text.translate({**dict.fromkeys(map(ord, HYPHENS), "-"), **dict.fromkeys(map(ord, DASHES), ";")})
    text = "".join(_hyphen(text, at) if char == "-" else char for at, char in enumerate(text))
    text = text.replace("\u2019", "'").replace("\n\n", " . ")
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
    """Beside a word a hyphen is a space, between numbers it stays, alone it ends a statement, before one it stays."""
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    if before.isdigit() and after.isdigit():
        return "-"
    if before.isalnum() or after.isalpha():
        return " "
    return "-" if after.isdigit() else ";"


def longest(words: Sequence[str], at: int) -> int:
    """Words of the longest phrase that begins at a word, 0 where none does."""
    for length in range(min(LONGEST, len(words) - at), 0, -1):
        if tuple(words[at : at + length]) in PHRASES:
            return length
    return 0


def _age(words: Sequence[str], at: int) -> tuple[Token, int] | None:
    """A number is an age after "aged", before "year-old" and its like, or directly before a sex ("65M")."""
    named = words[at] in AGE_WORDS
    number = at + named
    if number >= len(words) or not (len(words[number]) <= 3 and _is_number(words[number])):
        return None
    if at and words[at - 1] in ("-", "."):
        return None
    units = next((n for n in range(3, 0, -1) if tuple(words[number + 1 : number + 1 + n]) in UNITS), 0)
    following = PHRASES.get(tuple(words[number + 1 : number + 2]), ((Kind.FILLER, ""),))
    if not (named or units or following[0][0] is Kind.SEX):
        return None
    length = number + 1 + units - at
    return Token(Kind.AGE, words[number], " ".join(words[at : at + length])), length


def _numbering(words: Sequence[str], at: int) -> tuple[Token, int] | None:
    """The number of a list at the start of a sentence: "1." or "2)"."""
    start = at == 0 or words[at - 1] in (".", ":", ";", ")")
    if not (start and _is_number(words[at]) and len(words[at]) <= 2 and at + 1 < len(words)):
        return None
    closed = words[at + 1] in (".", ")") and not (at + 2 < len(words) and _is_number(words[at + 2]))
    return (Token(Kind.BREAK, "", words[at]), 2) if closed else None


def _ordinal(words: Sequence[str], at: int) -> tuple[Token, int] | None:
    """Ribs and vertebrae by number, "3rd" and "T12", which no picture is told."""
    following = words[at + 1] if at + 1 < len(words) else ""
    if _is_number(words[at]) and following in ORDINAL:
        return Token(Kind.NEUTRAL, "", words[at] + following), 2
    if words[at] in SPINE and _is_number(following) and len(following) <= 2:
        return Token(Kind.STRUCTURE, "", words[at] + following), 2
    return None


def _is_number(word: str) -> bool:
    return bool(word) and all(char in "0123456789" for char in word)


def _name(words: Sequence[str], start: int) -> Name:
    """The longest name of a finding at a word, with attributes inside it: "heart is mildly enlarged"."""
    if words[start] not in NAMES:
        return (), [], 0
    return max(_names(words, start, start, NAMES, []), key=lambda found: found[2], default=((), [], 0))


def _names(words: Sequence[str], start: int, at: int, node: dict[str, Any], inner: list[Token]) -> Iterator[Name]:
    """Every name that begins at `start`, when its words up to `at` led to `node`."""
    if at == len(words) or at - start > MAX_WORDS or (node.keys() == {""}):
        return
    if words[at] in node:
        further = node[words[at]]
        if "" in further:
            yield further[""], inner, at + 1 - start
        yield from _names(words, start, at + 1, further, inner)
    if at == start:
        return
    if words[at] in FILLERS:
        yield from _names(words, start, at + 1, node, inner)
        return
    for token, length in _inner(words, at, words[start] in CALCIFIED):
        yield from _names(words, start, at + length, node, [*inner, *token])


def _inner(words: Sequence[str], at: int, parts: bool) -> Iterator[tuple[list[Token], int]]:
    """Attributes, and words that say nothing, that may stand inside a name; parts of the chest too, if they may."""
    kinds = (*INNER, Kind.STRUCTURE) if parts else INNER
    if parts and words[at] == "and":
        yield [], 1
    size = read_size(words, at)
    if size:
        yield [size[0]], size[1]
    for length in range(min(3, len(words) - at), 0, -1):
        phrase: Phrase = tuple(words[at : at + length])
        meaning = PHRASES.get(phrase, ())
        if meaning and all(kind in kinds for kind, _ in meaning):
            found = [Token(kind, value, " ".join(phrase)) for kind, value in meaning]
            yield (
                [token._replace(kind=Kind.NEUTRAL) if token.kind is Kind.STRUCTURE else token for token in found],
                length,
            )
