# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Statements become mentions of findings: what is there, what is not, what is doubted, each with side, zone and size.

Attributes belong to the finding they stand beside. Items of attributes alone lend themselves to the next finding
("small left and large right effusion"); within such a row, side and severity reach forward and the zone reaches back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise, product

from aurad_monai import vocabulary
from aurad_monai.prompts.refusals import refusal
from aurad_monai.prompts.statements import (
    ABSENT,
    PRESENT,
    UNSURE,
    Attributes,
    Item,
    Sentence,
    Statement,
    put,
)
from aurad_monai.prompts.words import Kind

EITHER = "either"
FORWARD = (Kind.LATERALITY, Kind.SEVERITY, Kind.SIZE, Kind.IMPLIED, Kind.LOOSE, Kind.COUNT, Kind.COMPARE)
BACKWARD = (Kind.ZONE,)
SIDES = ("left", "right")
GONE = ("resol", "clear", "longer")
"""What cues have in them that say of a finding on one side that it was there and is not any more."""


@dataclass(frozen=True)
class Mention:
    """One place where a text speaks of a finding.

    Args:
        name: of the finding, "?" before what cannot be drawn, "=" before sets of findings.
        status: present, absent, unsure or either (one of several).
        attributes: side, zone, severity, size and the like, by kind of token.
        text: the words.
        cue: the words that deny or doubt it.
        note: what was assumed.
    """

    name: str
    status: str
    attributes: Attributes
    text: str = ""
    cue: str = ""
    note: str = ""


@dataclass
class Group:
    """A finding with the items that speak of it, before and after."""

    name: str
    before: list[Item]
    after: list[Item]
    status: str = PRESENT
    cue: str = ""
    text: str = ""
    lenient: bool = False
    notes: list[str] = field(default_factory=list)

    def rows(self) -> list[Attributes]:
        """Attributes of each lesion."""
        after = _distinct(_rows(self.after))
        sided = {row.get(Kind.LATERALITY) for row in after} & set(SIDES)
        found = []
        for first, second in product(_rows(self.before), after):
            attributes = dict(first)
            if sided and attributes.get(Kind.LATERALITY) == "bilateral":
                del attributes[Kind.LATERALITY]  # "bilateral, small on the left and large on the right"
            for kind, value in second.items():
                put(attributes, kind, value, self.lenient)
            found.append(attributes)
        both = any(row.get(Kind.LATERALITY) == "bilateral" for row in _rows(self.before))
        if both and len(sided) == 1:
            found.append({Kind.LATERALITY: next(side for side in SIDES if side not in sided)})
        return self._compared(self._counted(found))

    def _counted(self, rows: list[Attributes]) -> list[Attributes]:
        """Several nodules whose side is not said are one on each side."""
        for row in rows:
            if self.name == "nodule" and Kind.COUNT in row and Kind.LATERALITY not in row:
                row[Kind.LATERALITY] = "bilateral"
                self.notes.append(f"{self.text} read as one on each side")
        return rows

    def _compared(self, rows: list[Attributes]) -> list[Attributes]:
        """ "Left greater than right": the severity said is that of the larger side, one step less that of the other."""
        side = next((row[Kind.COMPARE] for row in rows if Kind.COMPARE in row), None)
        if side is None:
            return rows
        found: list[Attributes] = []
        for row in rows:
            own: Attributes = {kind: value for kind, value in row.items() if kind is not Kind.COMPARE}
            placed = own.get(Kind.LATERALITY)
            sides = (placed,) if placed in SIDES and len(rows) > 1 else SIDES
            said = own.get(Kind.SEVERITY, "moderate")
            less = vocabulary.SEVERITIES[max(vocabulary.SEVERITIES.index(said) - 1, 0)]
            for one in sides:
                found.append({**own, Kind.LATERALITY: str(one), Kind.SEVERITY: said if one == side else less})
        severities = {row[Kind.LATERALITY]: row[Kind.SEVERITY] for row in found}
        self.notes.append("larger on the " + side + ": " + ", ".join(f"{s} {one}" for one, s in severities.items()))
        return found


def mentions(sentence: Sentence) -> list[Mention]:
    """The mentions of findings in a sentence.

    Raises:
        InputError: attributes without a finding, a denial whose reach is not clear; not for a lenient sentence.
    """
    found: list[Mention] = []
    for statement in sentence.statements:
        if statement.status == UNSURE and not any(item.name for item in statement.items):
            found.append(Mention("?", UNSURE, {}, statement.cue, statement.cue))
        if statement.status == ABSENT:
            found += _denied(statement, sentence.lenient)
        else:
            found += _stated(statement, sentence.lenient)
    return found


def _stated(statement: Statement, lenient: bool) -> Iterator[Mention]:
    groups = _groups(statement.items, statement, lenient)
    side = None
    for group in groups:
        rows = group.rows()
        for row in rows:
            if Kind.LINKED in row and Kind.LATERALITY not in row and side:
                row[Kind.LATERALITY] = side
            for name in group.name.split() if group.name[0] != "?" else (group.name,):
                yield _gone(Mention(name, group.status, row, group.text, group.cue, "; ".join(group.notes)))
        sides = {row.get(Kind.LATERALITY) for row in rows}
        side = sides.pop() if len(sides) == 1 else None


def _gone(mention: Mention) -> Mention:
    """ "The left effusion has resolved": what was on one side alone is not there at all, and that is said."""
    side = mention.attributes.get(Kind.LATERALITY)
    if mention.status != ABSENT or side is None or not any(part in mention.cue for part in GONE):
        return mention
    kept: Attributes = {
        kind: value for kind, value in mention.attributes.items() if kind not in (Kind.LATERALITY, Kind.ZONE)
    }
    return replace(mention, attributes=kept, note=f"{mention.cue}: {mention.name} read as absent on both sides")


def _groups(items: Sequence[Item], statement: Statement, lenient: bool) -> list[Group]:
    groups: list[Group] = []
    pending: list[Item] = []
    doubted = ""
    for item in items:
        if item.join in ("or", "versus"):
            doubted = f"{item.join} {item.text}".strip() if item.join == "or" else item.join
            if groups and not pending and groups[-1].status == PRESENT:
                groups[-1].status, groups[-1].cue = EITHER, doubted
        if item.name is None:
            pending += [item] if item.words else []
            continue
        if pending and not item.before:
            _give_back(groups, pending, False, lenient)
            pending = []
        group = Group(item.name, [*pending, item], [Item(before=item.after)], lenient=lenient)
        group.status, group.cue = item.status or statement.status, item.cue or statement.cue
        if doubted and group.status == PRESENT:
            group.status, group.cue = EITHER, doubted
        group.text = " ".join(part.text for part in group.before)
        groups.append(group)
        pending, doubted = [], ""
    _give_back(groups, pending, True, lenient)
    return groups


def _give_back(groups: list[Group], pending: list[Item], end: bool, lenient: bool) -> None:
    """Attributes that no finding follows belong to the one before: "on the left and right", "cardiomegaly, mild"."""
    if not pending:
        return
    compared = end and any(item.before.keys() & {Kind.COMPARE, Kind.SIZE} for item in pending)
    started = groups and (groups[-1].after[0].before or compared or (end and pending[0].join == ","))
    if started:
        groups[-1].after += pending
    elif not lenient:
        raise refusal(pending[0].text, "side, zone and severity beside a finding", "name the finding")


def _rows(items: Sequence[Item]) -> list[Attributes]:
    """One set of attributes for each lesion; what a comma joins is one set as long as nothing is said twice."""
    rows: list[Attributes] = []
    for item in items:
        measure = Kind.SIZE in item.before and Kind.LATERALITY not in item.before
        alone = rows and (item.join == "," or measure or set(item.before) <= {Kind.COMPARE})
        if alone and not rows[-1].keys() & item.before.keys():
            rows[-1] = rows[-1] | item.before
        else:
            rows.append(dict(item.before))
    for row, following in pairwise(rows):
        following |= {kind: row[kind] for kind in FORWARD if kind in row and kind not in following}
    for following, row in pairwise(rows[::-1]):
        row |= {kind: following[kind] for kind in BACKWARD if kind in following and kind not in row}
    return rows


def _distinct(rows: list[Attributes]) -> list[Attributes]:
    """Rows without the one that only says "bilateral", where others say each side."""
    if {row.get(Kind.LATERALITY) for row in rows} & set(SIDES):
        kept = [row for row in rows if row.get(Kind.LATERALITY) != "bilateral" or row.keys() & {Kind.ZONE}]
        return kept or rows
    return rows


def _denied(statement: Statement, lenient: bool) -> Iterator[Mention]:
    """What one "no" reaches: its finding, and a list that ends in "or". Anything less clear is refused."""
    items = [item for item in statement.items if item.words]
    if not items or items[0].join:
        if not lenient:
            raise refusal(statement.cue, "a finding directly after the negation", "name what is absent")
        if not items:
            return
    last = max((at for at, item in enumerate(items) if item.join == "or"), default=0)
    last = max(last, *(at for at, item in enumerate(items) if _pseudo(item)), 0)
    absent, rest = items[: last + 1], items[last + 1 :]
    if lenient:
        while rest and not rest[0].before:
            absent, rest = [*absent, rest[0]], rest[1:]
    elif any(item.join == "and" and not _pseudo(item) for item in absent[1:]) or (
        rest and not rest[0].before and not (_pseudo(absent[-1]) and rest[0].join == ",")
    ):
        shown = statement.cue + "".join(f" {item.join} {item.text}" for item in items).replace(" ,", ",")
        raise refusal(" ".join(shown.split()), "'no A or B' (both absent) or 'B; no A' (B present)")
    for item in absent:
        whole = _absent(statement, item, lenient)
        names = whole.name.split() if whole.name[:1] not in ("?", "=") else (whole.name,)
        yield from (replace(whole, name=name) for name in names)
    yield from _stated(Statement(PRESENT, "", list(rest)), lenient)


def _pseudo(item: Item) -> bool:
    return item.name is not None and item.name[0] in "?="


def _absent(statement: Statement, item: Item, lenient: bool) -> Mention:
    text = f"{statement.cue} {item.text}"
    given = {**item.before, **item.after}
    own: Attributes = {kind: value for kind, value in given.items() if kind in (Kind.LATERALITY, Kind.ZONE, Kind.SIZE)}
    gone = any(part in statement.cue for part in GONE)
    small = given.get(Kind.SEVERITY) not in (None, "large") and not gone
    own = {kind: value for kind, value in own.items() if kind is Kind.LATERALITY} if gone else own
    if item.name is None or (not _pseudo(item) and not lenient and (small or own.keys() - {Kind.LATERALITY})):
        if lenient:
            return Mention("?", ABSENT, {})
        raise refusal(text, "absent findings without side, zone or severity", "write 'no' and the finding")
    note = f"{text} read as none at all" if Kind.SEVERITY in given and item.name[0] not in "?=" else ""
    status = UNSURE if item.status == UNSURE else ABSENT
    return _gone(Mention(item.name, status, own, text, item.cue or statement.cue, note))
