# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The one reading of prompts and reports: text to mentions, the patient, and the words that were left out.

In: text. Out: a `Reading`. What a prompt refuses and a report passes over is decided by `lenient` alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from aurad_monai.prompts.compound import compound
from aurad_monai.prompts.lexer import split_words, tokenize
from aurad_monai.prompts.mentions import Mention, mentions
from aurad_monai.prompts.refusals import refusal, unknown
from aurad_monai.prompts.sections import sections
from aurad_monai.prompts.statements import PATIENT, UNSURE, read_sentence
from aurad_monai.prompts.words import WORDS, Kind, Token

SILENT = (Kind.FILLER, Kind.NEUTRAL)
LEFT_OUT: tuple[Kind, ...] = (
    *(Kind.STRUCTURE, Kind.AERATED, Kind.ACUTE, Kind.SCOPE, Kind.OTHER, Kind.COMPARE, Kind.LESS, Kind.THAN),
    *(Kind.TECHNICAL, Kind.COUNT, Kind.NEUTRAL, Kind.ABNORMALITY),
)
SOLID: tuple[Kind, ...] = (
    *(Kind.FINDING, Kind.UNDRAWABLE, *PATIENT, Kind.STUDY, Kind.ABSENT, Kind.OTHERS, Kind.ONE_SIDE, Kind.NORMAL),
    *(Kind.LATERALITY, Kind.ZONE, Kind.SEVERITY, Kind.SIZE, Kind.NEGATE, Kind.UNSURE, Kind.COMPARE, Kind.UNSURE_BEFORE),
)
"""Kinds of words that say something, of which a prompt needs one."""
VAGUE = ("finding", "findings", "change", "changes")
"""Words for anything, which say nothing alone."""


@dataclass
class Reading:
    """What a text says.

    Args:
        mentions: of findings, by sentence.
        alone: tokens that stand alone: parts called normal, view, sex and age.
        tokens: all of them, before any is left out.
        left_out: words that change nothing in a picture.
        notes: what was assumed.
    """

    mentions: list[list[Mention]] = field(default_factory=list)
    alone: list[Token] = field(default_factory=list)
    tokens: list[Token] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read(text: str, lenient: bool = False) -> Reading:
    """Read a text sentence by sentence.

    Args:
        text: a prompt or a report; headings such as "IMPRESSION:" are understood.
        lenient: pass over what a prompt would be refused for.

    Raises:
        InputError: attributes without finding, a denial whose reach is unclear and the like, unless `lenient`.
    """
    read_sections = [tokenize(section) for section in sections(text)]
    reading = Reading(tokens=[token for tokens in read_sections for token in tokens])
    if not lenient:
        _refuse_words(reading.tokens, text)
    for tokens in read_sections:
        for sentence in _sentences(tokens):
            _read_sentence(reading, sentence, lenient)
    return reading


def _sentences(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    """Tokens between full stops and semicolons; a colon after parts of the chest alone joins ("Lungs: clear")."""
    sentence: list[Token] = []
    for token in tokens:
        colon = token.kind is Kind.BREAK and token.text == ":" and bool(sentence)
        if colon and all(part.kind in (Kind.STRUCTURE, Kind.JOIN, *SILENT) for part in sentence):
            continue
        sentence.append(token)
        if token.kind is Kind.BREAK and not token.text[0].isalpha():
            yield sentence
            sentence = []
    if sentence:
        yield sentence


def _read_sentence(reading: Reading, tokens: list[Token], lenient: bool) -> None:
    words = {word for token in tokens for word in token.text.split()}
    solid = [token for token in _without_loose_joins(tokens) if token.kind not in SILENT]
    found = compound(solid, words)
    reading.left_out += [token.text for token in tokens if token.kind is Kind.NEUTRAL]
    reading.left_out += [
        token.text for token in found if token.kind in LEFT_OUT and token.value not in ("left", "right")
    ]
    reading.notes += [token.note for token in found if token.note]
    unnamed = [token for token in found if token.kind is Kind.ABNORMALITY and token.text not in VAGUE]
    if unnamed and not lenient:
        raise refusal(unnamed[0].text, "findings by their names", "see docs/reference/prompts.md")
    sentence = read_sentence((token for token in found if token.kind is not Kind.NEUTRAL), lenient)
    placed = any(token.kind in (Kind.STRUCTURE, Kind.TECHNICAL, Kind.ABNORMALITY) for token in found)
    named = any(item.name for statement in sentence.statements for item in statement.items)
    if placed and not named:  # "left lung volumes": attributes of a part in which nothing is said to be
        sentence.statements = [
            part for part in sentence.statements if part.cue and (part.items or part.status == UNSURE)
        ]
    sentence.lenient = lenient or (placed and not named)
    own = mentions(sentence)
    reading.mentions.append(own)
    reading.notes += [mention.note for mention in own if mention.note]
    reading.alone += sentence.alone


def _without_loose_joins(tokens: Sequence[Token]) -> list[Token]:
    """Tokens without joins of words that are left out: "no acute, displaced fracture", "fifth and sixth rib"."""
    kept: list[Token] = []
    denied = False
    for at, token in enumerate(tokens):
        denied = token.kind is Kind.NEGATE or (denied and token.kind in (Kind.ACUTE, Kind.JOIN, *SILENT))
        if token.kind is Kind.JOIN and at and at + 1 < len(tokens):
            numbers = all(
                part.text[0].isdigit() or part.text in WORDS["ordinals"] for part in (tokens[at - 1], tokens[at + 1])
            )
            if numbers or (denied and tokens[at - 1].kind in (Kind.ACUTE, Kind.NEUTRAL)):
                continue
        kept.append(token)
    return kept


def says_something(tokens: Sequence[Token]) -> bool:
    """Whether any word of a text is more than a filler."""
    return any(token.kind in SOLID for token in tokens)


def _refuse_words(tokens: Sequence[Token], text: str) -> None:
    """Refuse words that a prompt may not have: unknown, of other views, children, negations that the grammar lacks."""
    strangers = [token.text for token in tokens if token.kind is Kind.STRANGER]
    if strangers:
        raise unknown(strangers, split_words(text))
    for token in tokens:
        if token.kind is Kind.CHILD:
            raise refusal(token.text, "adults, from 18 years", "write the age of an adult, or none")
        if token.kind is Kind.REFUSED and token.value == "view":
            raise refusal(token.text, "frontal radiographs, PA or AP", "leave the word out")
        if token.kind is Kind.REFUSED:
            raise refusal(token.text, "absence written before the finding", "write 'no' and the finding")
