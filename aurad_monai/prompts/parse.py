# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A prompt becomes findings: the first step of a case, by a finite grammar that refuses what it does not understand.

The grammar, over the tokens of `lexer.py` (docs/reference/prompts.md has examples):

    prompt     = statement { break statement }
    statement  = item { join item } | NEGATE item { join item } | normal words | view | sex | age
    item       = { attribute } finding { attribute } | attribute { attribute }
    attribute  = side | zone | severity | size
    join       = and , or           break = ; . : but, and the words of view, sex, age and study

Attributes belong to the finding they stand beside. Items of attributes alone lend themselves to the next finding
("small left and large right effusion"); within such a row, side and severity reach forward and the zone reaches back.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise, product

from aurad_monai.errors import InputError
from aurad_monai.prompts.finding import CLEAR_LUNGS, NORMAL, NOT_ACUTE, ClinicalFindings, Finding, declare_absent
from aurad_monai.prompts.lexer import tokenize
from aurad_monai.prompts.size import with_size
from aurad_monai.prompts.words import REASONS, Kind, Token

ABSENT_SETS = {"normal": NORMAL, "not_acute": NOT_ACUTE, "clear_lungs": CLEAR_LUNGS}
ATTRIBUTES = (Kind.LATERALITY, Kind.ZONE, Kind.SEVERITY, Kind.SIZE)
PATIENT = (Kind.VIEW, Kind.SEX, Kind.AGE)
FORWARD = (Kind.LATERALITY, Kind.SEVERITY, Kind.SIZE)
BACKWARD = (Kind.ZONE,)
Attributes = dict[Kind, str]


@dataclass
class Item:
    """What stands between two joins: attributes before and after at most one finding."""

    join: str = ""
    before: Attributes = field(default_factory=dict)
    name: str | None = None
    after: Attributes = field(default_factory=dict)
    words: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join(self.words)


@dataclass
class Group:
    """A finding with the items that speak of it, before and after."""

    name: str
    before: list[Item]
    after: list[Item]

    def findings(self) -> list[Finding]:
        """One finding for each row of attributes."""
        found = []
        for before, after in product(_rows(self.before), _rows(self.after)):
            attributes = dict(before)
            for kind, value in after.items():
                _set(attributes, kind, value)
            found.append(_finding(self.name, attributes))
        return found


@dataclass
class Statement:
    """Items that are all asked for, or that follow one "no"."""

    negation: str = ""
    items: list[Item] = field(default_factory=list)


@dataclass
class Reading:
    """What has been understood so far."""

    findings: list[Finding] = field(default_factory=list)
    others: list[Finding] = field(default_factory=list)
    patient: dict[Kind, str] = field(default_factory=dict)


def parse(text: str) -> ClinicalFindings:
    """Read a clinical prompt.

    Args:
        text: English words, at most 1300 characters, such as "small left pleural effusion, no pneumothorax".

    Returns:
        The findings asked for and declared absent, with view, sex and age where the prompt gives them.

    Raises:
        InputError: naming the words that are unknown, uncertain, contradictory, or belong to no finding.
    """
    tokens = tokenize(text)
    meaningful = [token for token in tokens if token.kind is not Kind.FILLER]
    if all(token.kind in (Kind.BREAK, Kind.JOIN) for token in meaningful):
        raise InputError("prompt", text, "at least one finding, view, sex or age", "see docs/reference/prompts.md")
    reading = Reading()
    for statement in _statements(meaningful, reading):
        reading.findings += _absent_findings(statement) if statement.negation else _present_findings(statement.items)
    named = {item.name for item in reading.findings}
    rest = [item for item in reading.others if item.name not in named]
    age = reading.patient.get(Kind.AGE)
    return ClinicalFindings(
        tuple(reading.findings + rest),
        view=reading.patient.get(Kind.VIEW),
        sex=reading.patient.get(Kind.SEX),
        age=None if age is None else int(age),
    )


def _statements(tokens: list[Token], reading: Reading) -> list[Statement]:
    """Group tokens into statements; words that stand alone go straight into the reading."""
    statements = [Statement()]
    for token in tokens:
        if token.kind is Kind.NEGATE:
            statements.append(Statement(negation=token.text))
        elif token.kind is Kind.JOIN:
            _join(statements[-1], token)
        elif token.kind in ATTRIBUTES or token.kind is Kind.FINDING:
            _add(statements[-1], token)
        else:
            _read_alone(token, reading)
            statements.append(Statement())
    return [statement for statement in statements if statement.items or statement.negation]


def _read_alone(token: Token, reading: Reading) -> None:
    if token.kind in PATIENT:
        known = reading.patient.setdefault(token.kind, token.value)
        if known != token.value:
            raise InputError("prompt", f"{token.kind.value} {known} and {token.value}", f"one {token.kind.value}")
    elif token.kind in (Kind.ABSENT, Kind.OTHERS):
        findings = ABSENT_SETS.get(token.value) or declare_absent([token.value])
        (reading.findings if token.kind is Kind.ABSENT else reading.others).extend(findings)


def _join(statement: Statement, token: Token) -> None:
    if statement.items and not statement.items[-1].words:
        _strengthen(statement.items[-1], token)
    elif statement.items or statement.negation or token.value == "or":
        statement.items.append(Item(join=token.value))


def _strengthen(item: Item, token: Token) -> None:
    """Of several joins in a row (", and") the word counts, not the comma; two different words are no join."""
    if "," not in (item.join, token.value) and item.join != token.value:
        raise InputError("prompt", f"{item.join} {token.text}", "one of 'and', 'or'")
    item.join = token.value if item.join == "," else item.join


def _add(statement: Statement, token: Token) -> None:
    if not statement.items:
        statement.items.append(Item())
    item = statement.items[-1]
    item.words += [token.text] if item.words[-1:] != [token.text] else []
    if token.kind is not Kind.FINDING:
        _set(item.after if item.name else item.before, token.kind, token.value)
    elif item.name is None:
        item.name = token.value
    else:
        raise InputError("prompt", item.text, "findings separated by 'and' or a comma")


def _set(attributes: Attributes, kind: Kind, value: str) -> None:
    if attributes.setdefault(kind, value) != value:
        raise InputError("prompt", f"{attributes[kind]} {value}", f"one {kind.value} for each finding")


def _present_findings(items: list[Item]) -> list[Finding]:
    groups: list[Group] = []
    pending: list[Item] = []
    for item in items:
        if item.join == "or":
            raise InputError("prompt", f"or {item.text}".strip(), *REASONS["uncertain"])
        if item.name is None:
            pending += [item] if item.words else []
            continue
        if pending and not item.before:
            _give_back(groups, pending, end=False)
            pending = []
        groups.append(Group(item.name, [*pending, item], [Item(before=item.after)]))
        pending = []
    _give_back(groups, pending, end=True)
    return [finding for group in groups for finding in group.findings()]


def _give_back(groups: list[Group], pending: list[Item], end: bool) -> None:
    """Attributes that no finding follows belong to the one before: "on the left and right", "cardiomegaly, mild"."""
    if not pending:
        return
    started = groups and (groups[-1].after[0].before or (end and pending[0].join == ","))
    if not started:
        raise InputError("prompt", pending[0].text, "side, zone and severity beside a finding", "name the finding")
    groups[-1].after += pending


def _rows(items: list[Item]) -> list[Attributes]:
    """One set of attributes for each lesion; what a comma joins is one set as long as nothing is said twice."""
    rows: list[Attributes] = []
    for item in items:
        if rows and item.join == "," and not rows[-1].keys() & item.before.keys():
            rows[-1] = rows[-1] | item.before
        else:
            rows.append(dict(item.before))
    for row, following in pairwise(rows):
        following |= {kind: row[kind] for kind in FORWARD if kind in row and kind not in following}
    for following, row in pairwise(rows[::-1]):
        row |= {kind: following[kind] for kind in BACKWARD if kind in following and kind not in row}
    return rows


def _absent_findings(statement: Statement) -> list[Finding]:
    """What one "no" reaches: its finding, and a list that ends in "or". Anything less clear is refused."""
    items = [item for item in statement.items if item.words]
    if not items or items[0].join:
        raise InputError("prompt", statement.negation, "a finding directly after the negation", "name what is absent")
    last = max((at for at, item in enumerate(items) if item.join == "or"), default=0)
    absent, rest = items[: last + 1], items[last + 1 :]
    if any(item.join == "and" for item in absent) or (rest and not rest[0].before):
        shown = statement.negation + "".join(f" {item.join} {item.text}" for item in items).replace(" ,", ",")
        raise InputError(
            "prompt",
            " ".join(shown.split()),
            "after a negation, absent findings joined by 'or'",
            "write 'no A or B' if both are absent, 'B; no A' if B is present",
        )
    return [_absent(statement, item) for item in absent] + _present_findings(rest)


def _absent(statement: Statement, item: Item) -> Finding:
    if item.name is None or item.before or item.after:
        raise InputError(
            "prompt",
            f"{statement.negation} {item.text}",
            "absent findings without side, zone or severity",
            "write 'no' and the finding, or state where it is present",
        )
    return Finding(item.name, present=False)


def _finding(name: str, attributes: Attributes) -> Finding:
    zone = attributes.get(Kind.ZONE)
    if name == "nodule" and zone == "diffuse":
        name, zone = "diffuse_nodule", None
    found = Finding(name, attributes.get(Kind.LATERALITY), zone, attributes.get(Kind.SEVERITY))
    return with_size(found, attributes.get(Kind.SIZE))
