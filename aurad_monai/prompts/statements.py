# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The grammar of prompts and reports: tokens of one sentence become statements, each with its items.

    sentence   = statement { break statement }
    statement  = item { join item } | negation item { join item } | doubt item { join item } | part "normal" | patient
    item       = { attribute } finding { attribute } | attribute { attribute }
    attribute  = side | zone | severity | size | comparison of sides
    join       = and , or versus

What comes after a finding can change it too: "effusion is not seen", "effusion cannot be excluded".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from aurad_monai.prompts.refusals import refusal
from aurad_monai.prompts.words import WEAK, Kind, Token

PRESENT, ABSENT, UNSURE = "present", "absent", "unsure"
ADDED: tuple[Kind, ...] = (
    *(Kind.LATERALITY, Kind.ZONE, Kind.SEVERITY, Kind.SIZE, Kind.IMPLIED, Kind.LOOSE, Kind.COUNT, Kind.COMPARE),
    *(Kind.LINKED, Kind.FINDING, Kind.UNDRAWABLE),
)
ONCE = (Kind.LATERALITY, Kind.ZONE, Kind.SEVERITY, Kind.SIZE)
"""Attributes of which a finding has one."""
PATIENT = (Kind.VIEW, Kind.SEX, Kind.AGE)
PATIENCE = 3
"""Words that are not understood between an attribute and its finding."""
NARROWER = (("upper", "apical"), ("lower", "basal"), ("lower", "costophrenic"), ("basal", "costophrenic"))
"""Zones with parts of them: of both the part counts."""
Attributes = dict[Kind, str]


@dataclass
class Item:
    """What stands between two joins: attributes before and after at most one finding, "?NAME" if it cannot be drawn."""

    join: str = ""
    before: Attributes = field(default_factory=dict)
    name: str | None = None
    after: Attributes = field(default_factory=dict)
    words: list[str] = field(default_factory=list)
    status: str | None = None
    cue: str = ""
    gap: int = 0

    @property
    def text(self) -> str:
        return " ".join(self.words)


@dataclass
class Statement:
    """Items that are all asked for, or that follow one "no" or one "possible"."""

    status: str = PRESENT
    cue: str = ""
    items: list[Item] = field(default_factory=list)
    closed: bool = False
    reach: int = 0
    """Where the items begin that a "not seen" after them is said of."""


@dataclass
class Sentence:
    """What one sentence says: statements, and the words that stand alone."""

    statements: list[Statement] = field(default_factory=lambda: [Statement()])
    alone: list[Token] = field(default_factory=list)
    lenient: bool = False

    @property
    def last(self) -> Statement:
        return self.statements[-1]


def read_sentence(tokens: Iterable[Token], lenient: bool = False) -> Sentence:
    """The statements of a sentence.

    Args:
        tokens: of one sentence, after `compound`.
        lenient: take the first of what contradicts itself, as reports need it, instead of raising.

    Raises:
        InputError: one finding with two sides, two findings without a join and the like, unless `lenient`.
    """
    sentence = Sentence(lenient=lenient)
    for token in tokens:
        _read(sentence, token)
    sentence.statements = [item for item in sentence.statements if item.items or item.cue]
    return sentence


def _read(sentence: Sentence, token: Token) -> None:
    last = sentence.last
    if token.kind in (Kind.ABSENT, Kind.OTHERS) and last.status == ABSENT and not last.closed:
        _add_set(last, token)
    elif token.kind in ADDED:
        _add(sentence, token)
    elif token.kind is Kind.JOIN:
        _join(sentence, token)
    elif token.kind is Kind.STRANGER:
        _strange(last)
    elif token.kind is Kind.CLOSE:
        ended = bool(last.items) and last.items[-1].name is not None
        last.closed, last.reach = last.closed or ended, len(last.items) if ended else last.reach
    elif token.kind is Kind.UNSURE and token.value == WEAK and sentence.lenient:
        return
    elif token.kind in (Kind.NEGATE, Kind.UNSURE):
        _cue(sentence, token)
    elif token.kind in (Kind.NEGATE_BEFORE, Kind.UNSURE_BEFORE):
        _reach_back(sentence, token)
    elif token.kind is Kind.OTHER and last.status == ABSENT and not last.items:
        last.status, last.cue = UNSURE, f"{last.cue} {token.text}"  # "no other effusion" leaves one
    elif token.kind is Kind.BREAK and token.text[0].isalpha() and last.status == UNSURE and not last.items:
        return  # "maybe due to effusion"
    elif token.kind in (Kind.BREAK, Kind.STUDY, *PATIENT, Kind.ABSENT, Kind.OTHERS, Kind.ONE_SIDE):
        sentence.alone.append(token)
        sentence.statements.append(Statement())


def _add_set(statement: Statement, token: Token) -> None:
    """ "No acute bony abnormality or effusion": what is denied of a part stands in the list as a finding does."""
    if not statement.items or statement.items[-1].words:
        statement.items.append(Item(join="," if statement.items else ""))
    item = statement.items[-1]
    item.name, item.words = f"={token.kind.value} {token.value}", [token.text]


def _cue(sentence: Sentence, token: Token) -> None:
    last = sentence.last
    joined = bool(last.items) and not last.items[-1].words and last.items[-1].join != "or"
    if token.kind is Kind.UNSURE and last.status == ABSENT and not joined and not last.closed:
        return  # "no definite effusion", "no opacity to suggest pneumonia"
    carried = []
    if last.items and last.items[-1].name is None and last.items[-1].words and last.status != ABSENT:
        carried = [last.items.pop()] if token.kind is Kind.UNSURE else []
        carried = [Item(before=item.before, words=item.words) for item in carried]
    status = ABSENT if token.kind is Kind.NEGATE else UNSURE
    sentence.statements.append(Statement(status, token.text, carried))


def _reach_back(sentence: Sentence, token: Token) -> None:
    """ "A and B are not seen": the last item, and those of a list that ends in "and" or "or"."""
    status = ABSENT if token.kind is Kind.NEGATE_BEFORE else UNSURE
    statement = next((part for part in reversed(sentence.statements) if part.items), None)
    if statement is None or (statement.status == ABSENT and status == UNSURE):
        sentence.statements.append(Statement(status, token.text))
        return
    items = statement.items[statement.reach :] or statement.items[-1:]
    at = len(items) - 1
    while at and (items[at].join in ("and", "or") or any(item.join in ("and", "or") for item in items[at:])):
        at -= 1
    for item in items[at:]:
        item.status, item.cue = status, token.text
    statement.reach = len(statement.items)


def _strange(statement: Statement) -> None:
    """Words that are not understood wear attributes out."""
    if statement.items:
        item = statement.items[-1]
        item.gap += 1
        if item.gap > PATIENCE and item.name is None:
            item.before, item.words = {}, []


def _join(sentence: Sentence, token: Token) -> None:
    statement = sentence.last
    if statement.closed and statement.status != PRESENT and statement.items and token.value in ("and", ","):
        sentence.statements.append(Statement())
    elif statement.items and not statement.items[-1].words:
        _strengthen(statement.items[-1], token, sentence.lenient)
    elif statement.items or statement.status == ABSENT or token.value in ("or", "versus"):
        statement.items.append(Item(join=token.value))


def _strengthen(item: Item, token: Token, lenient: bool) -> None:
    """Of several joins in a row (", and") the word counts, not the comma; two different words are no join."""
    if "," not in (item.join, token.value) and item.join != token.value and not lenient:
        raise refusal(f"{item.join} {token.text}", "one of 'and', 'or'")
    item.join = token.value if item.join == "," else item.join


def _add(sentence: Sentence, token: Token) -> None:
    statement = sentence.last
    if not statement.items:
        statement.items.append(Item())
    item = statement.items[-1]
    named = token.kind in (Kind.FINDING, Kind.UNDRAWABLE)
    if named and item.name is not None:
        pseudo = token.kind is Kind.UNDRAWABLE or item.name[0] in "?="
        if not pseudo and not sentence.lenient:
            raise refusal(f"{item.text} {token.text}", "findings separated by 'and' or a comma")
        item = Item(join=",")
        statement.items.append(item)
    if item.gap > PATIENCE and item.name is not None and not named:
        return
    item.words += [token.text] if item.words[-1:] != [token.text] else []
    if named:
        item.words = [word for word in item.words[:-1] if f" {word} " not in f" {token.text} "] + item.words[-1:]
        item.name, item.gap = ("?" if token.kind is Kind.UNDRAWABLE else "") + token.value, 0
    else:
        put(item.after if item.name else item.before, token.kind, token.value, sentence.lenient)


def put(attributes: Attributes, kind: Kind, value: str, lenient: bool = False) -> None:
    """Add an attribute; InputError where another value of it is there, unless `lenient`."""
    known = attributes.setdefault(kind, value)
    if known == value or kind not in ONCE:
        return
    if kind is Kind.ZONE and (known == "diffuse" or (known, value) in NARROWER):
        attributes[kind] = value
        return
    if kind is Kind.ZONE and (value in ("diffuse", "perihilar") or (value, known) in NARROWER):
        return
    if not lenient:
        raise refusal(f"{known} {value}", f"one {kind.value} for each finding")
    if kind is Kind.LATERALITY:
        attributes[kind] = "bilateral"
