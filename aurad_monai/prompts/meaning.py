# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Mentions become findings: what all sentences of a prompt say together, once for each lesion.

In: a `Reading`, and what uncertain statements mean. Out: findings present and absent, and the patient; `InputError`
where the sentences contradict each other or ask for what cannot be drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields, replace

from aurad_monai import vocabulary
from aurad_monai.prompts.finding import CLEAR_LUNGS, NORMAL, NOT_ACUTE, Finding, declare_absent
from aurad_monai.prompts.mentions import Mention
from aurad_monai.prompts.reading import Reading
from aurad_monai.prompts.refusals import not_drawable, refusal
from aurad_monai.prompts.size import with_size
from aurad_monai.prompts.statements import ABSENT, PATIENT, PRESENT
from aurad_monai.prompts.words import UNDRAWABLE, Kind, Token

ABSENT_SETS = {"normal": NORMAL, "not_acute": NOT_ACUTE, "clear_lungs": CLEAR_LUNGS}


def resolve_mentions(reading: Reading, uncertain: str | None) -> tuple[list[Finding], list[str]]:
    """Findings of all sentences, and the names of those that cannot be drawn.

    Args:
        reading: of a prompt.
        uncertain: present, absent or ignore; None refuses what is uncertain.

    Raises:
        InputError: an uncertain statement, a finding that cannot be drawn, a denied side that leaves the other open.
    """
    stated: list[Finding] = []
    absent: list[Finding] = []
    others: list[Finding] = []
    sided: list[Mention] = []
    undrawable: list[str] = []
    for sentence in reading.mentions:
        own: list[Finding] = []
        collapsed: list[Finding] = []
        for mention in sentence:
            status = _status(mention, uncertain)
            if mention.name[:1] == "?":
                undrawable += _undrawable(mention, status)
            elif mention.name[:1] == "=":
                kind, value = mention.name[1:].split(" ", 1)
                (others if kind == Kind.OTHERS.value else absent).extend(absent_set(value, others))
            elif status == ABSENT and mention.status == ABSENT and Kind.LATERALITY in mention.attributes:
                sided.append(mention)
            elif status == ABSENT:
                absent.append(Finding(mention.name, present=False))
            elif status == PRESENT:
                own.append(_finding(mention))
                if own[-1].name == "atelectasis" and mention.attributes.get(Kind.IMPLIED) == "large":
                    collapsed.append(own[-1])
        stated = _unified(stated, _without_collapse(own, collapsed, reading.notes))
    for token in reading.alone:
        if token.kind in (Kind.ABSENT, Kind.OTHERS):
            (others if token.kind is Kind.OTHERS else absent).extend(absent_set(token.value, others))
    _check_sides(stated, sided, reading.alone)
    named = {item.name for item in (*stated, *absent)}
    return [*stated, *absent, *(item for item in others if item.name not in named)], undrawable


def _status(mention: Mention, uncertain: str | None) -> str:
    """Present, absent or nothing: what is uncertain is refused, or read as the rules say."""
    if mention.status in (PRESENT, ABSENT):
        return mention.status
    if uncertain is None:
        raise refusal(
            mention.cue or mention.text, "what is there or not", "--uncertain present, absent or ignore decides"
        )
    return "" if uncertain == "ignore" else uncertain


def _undrawable(mention: Mention, status: str) -> list[str]:
    """The words to say as left out; InputError where the picture would lack what it is about."""
    row = UNDRAWABLE.get(mention.name[1:], {"nearest": "", "refused": False})
    if status == PRESENT and row["refused"]:
        raise not_drawable(mention.text, row["nearest"])
    if not mention.name[1:]:
        return []
    shown = mention.text if status != PRESENT else f"{mention.text} (cannot be drawn)"
    return [shown]


def absent_set(value: str, others: list[Finding]) -> tuple[Finding, ...]:
    """What the value of a token declares absent; "not acute" reaches only what the text does not name."""
    names = value.split()
    if names == ["not_acute"]:
        others += NOT_ACUTE
        return ()
    found = [item for name in names if name != "acute" for item in ABSENT_SETS.get(name) or declare_absent([name])]
    return tuple(item for item in found if "acute" not in names or vocabulary.finding(item.name).acute)


def _finding(mention: Mention) -> Finding:
    attributes = mention.attributes
    name, zone = mention.name, attributes.get(Kind.ZONE)
    if name == "nodule" and zone == "diffuse":
        name, zone = "diffuse_nodule", None
    implied = attributes.get(Kind.IMPLIED)
    severity = attributes.get(Kind.SEVERITY, implied)
    severity = implied if (implied, severity) == ("trace", "small") else severity  # mild blunting of an angle
    return with_size(Finding(name, attributes.get(Kind.LATERALITY), zone, severity), attributes.get(Kind.SIZE))


def _without_collapse(found: list[Finding], collapsed: list[Finding], notes: list[str]) -> list[Finding]:
    """The collapse of a lung that a pneumothorax of the same sentence causes belongs to the pneumothorax.

    A large atelectasis that is called so is another finding, and stays.
    """
    air = next((item for item in found if item.name == "pneumothorax"), None)
    fallen = next((item for item in collapsed if (item.zone, item.severity) == (None, "large")), None)
    if air is None or fallen is None or {air.laterality, fallen.laterality} >= {"left", "right"}:
        return found
    notes.append("the collapse read as part of the pneumothorax")
    whole = replace(air, laterality=air.laterality or fallen.laterality, severity=air.severity or "large")
    return [whole if item is air else item for item in found if item is not fallen]


def _unified(earlier: list[Finding], later: list[Finding]) -> list[Finding]:
    """Findings of one sentence more: what repeats or completes one that was named before is that one."""
    found = list(earlier)
    for item in later:
        same = [index for index, known in enumerate(earlier) if index < len(found) and _compatible(known, item)]
        if len(same) == 1:
            old = found[same[0]]
            given = {part.name: getattr(item, part.name) or getattr(old, part.name) for part in fields(Finding)}
            found[same[0]] = Finding(**given)
        else:
            found.append(item)
    return found


def _compatible(first: Finding, second: Finding) -> bool:
    if first.name != second.name:
        return False
    pairs = ((getattr(first, part.name), getattr(second, part.name)) for part in fields(Finding))
    return all(a is None or b is None or a == b for a, b in pairs)


def _check_sides(stated: Sequence[Finding], denied: Iterable[Mention], alone: Iterable[Token]) -> None:
    """A side may be denied where the other has the finding; what is said of both at once is refused."""
    for mention in denied:
        side = mention.attributes[Kind.LATERALITY]
        sides = {item.laterality for item in stated if item.name == mention.name}
        if side == "bilateral" or not sides or not sides <= {"left", "right"} - {side}:
            raise refusal(mention.text, "absent findings without side", "write 'no' and the finding")
    for token in alone:
        if token.kind is Kind.ONE_SIDE:
            side, *names = token.value.split()
            absent = {item.name for item in absent_set(" ".join(names), [])} if names else set()
            for item in stated:
                if item.name in absent and item.laterality in (side, "bilateral"):
                    raise refusal(token.text, f"no {vocabulary.finding(item.name).label} there, or not normal")


def read_patient(alone: Sequence[Token]) -> dict[str, str | int]:
    """View, sex and age, each once."""
    known: dict[str, str | int] = {}
    for token in alone:
        if token.kind in PATIENT:
            value = int(token.value) if token.kind is Kind.AGE else token.value
            if known.setdefault(token.kind.value, value) != value:
                raise refusal(f"{token.kind.value} {known[token.kind.value]} and {value}", f"one {token.kind.value}")
    return known
