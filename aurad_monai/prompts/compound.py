# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Tokens that mean something only together: ranges of severity, comparisons of sides, normal parts of the chest.

In: tokens of one sentence without fillers. Out: the same with each such group as the one token that it stands for.
"""

from __future__ import annotations

from collections.abc import Sequence

from aurad_monai import vocabulary
from aurad_monai.prompts.words import ELSEWHERE, HERE, OUTSIDE, STRUCTURES, Kind, Token

RUN: tuple[Kind, ...] = (
    *(Kind.STRUCTURE, Kind.JOIN, Kind.LATERALITY, Kind.ZONE, Kind.SEVERITY, Kind.AERATED, Kind.NORMAL),
    *(Kind.STRANGER, Kind.OTHER, Kind.SCOPE, Kind.COUNT, Kind.CLOSE),
)
"""What may stand between a part of the chest and the word that calls it normal."""
ADJECTIVES = (*RUN, Kind.ACUTE, Kind.LESS, Kind.COMPARE)
"""What may stand between "no" and "abnormality"."""
SIDES = ("left", "right")


def compound(tokens: Sequence[Token], words: set[str]) -> list[Token]:
    """The tokens of a sentence with groups read; `words` are all words of the sentence."""
    found = _outside([_elsewhere(token, words) for token in tokens])
    found = _abnormalities(found)
    found = _normals(found)
    return _comparisons(_ranges(_without_places(found)))


def _elsewhere(token: Token, words: set[str]) -> Token:
    """A finding in a sentence that speaks of another place is not one of the lungs and ribs."""
    if token.kind is not Kind.FINDING:
        return token
    names = token.value.split()
    if any(words & ELSEWHERE[name] and not words & HERE[name] for name in names):
        return token._replace(kind=Kind.UNDRAWABLE, value="outside the lungs")
    return token


def _outside(tokens: list[Token]) -> list[Token]:
    """A finding beside a part outside the lungs, "nodule in the breast" or "humeral fracture", is none of ours."""
    found = list(tokens)
    for at, token in enumerate(tokens):
        beside = [other for other in tokens[max(at - 1, 0) : at + 2] if other.kind is Kind.STRUCTURE]
        if token.kind is Kind.FINDING and any(other.text in OUTSIDE for other in beside):
            found[at] = token._replace(kind=Kind.UNDRAWABLE, value="outside the lungs")
    return found


def _without_places(tokens: Sequence[Token]) -> list[Token]:
    """The side of a part in which nothing can be drawn, such as "left hemidiaphragm", is none of a finding."""
    found: list[Token] = []
    for token in tokens:
        if token.kind is Kind.TECHNICAL or (token.kind is Kind.STRUCTURE and not token.value):
            while found and found[-1].kind in (Kind.LATERALITY, Kind.ZONE, Kind.SEVERITY):
                word = found.pop().text
                token = token._replace(text=token.text if token.text.startswith(word) else f"{word} {token.text}")
        found.append(token)
    return found


def _ranges(tokens: list[Token]) -> list[Token]:
    """ "Small to moderate" is moderate, "mild/moderate" too; the larger, and said."""
    found: list[Token] = []
    at = 0
    while at < len(tokens):
        three = tokens[at : at + 3]
        between = len(three) == 3 and (three[1].kind is Kind.TO or three[1].text == "/")
        if between and three[0].kind is three[2].kind is Kind.SEVERITY:
            first, _, last = three
            larger = max(first.value, last.value, key=vocabulary.SEVERITIES.index)
            text = f"{first.text} to {last.text}"
            tokens = [*tokens[:at], Token(Kind.SEVERITY, larger, text, f"{text} read as {larger}"), *tokens[at + 3 :]]
            continue
        found += [tokens[at]] if tokens[at].kind is not Kind.TO else []
        at += 1
    return found


def _comparisons(tokens: list[Token]) -> list[Token]:
    """ "Left greater than right" and "larger on the left" become one comparison; others change nothing."""
    found: list[Token] = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if token.kind not in (Kind.COMPARE, Kind.LESS):
            found += [token] if token.kind is not Kind.THAN else []
            at += 1
            continue
        than = at + 1 + (at + 1 < len(tokens) and tokens[at + 1].kind is Kind.THAN)
        other = tokens[than] if than < len(tokens) else None
        more, less = (0, 1) if token.kind is Kind.COMPARE else (1, 0)
        sided = other is not None and other.value in SIDES and other.kind is Kind.LATERALITY
        if other is not None and sided and than > at + 1:
            here = next((t.value for t in reversed(found) if t.kind is Kind.LATERALITY), None)
            first = SIDES[1 - SIDES.index(other.value)]
            if here in (first, "bilateral", None):
                if here == first:
                    _drop_last_side(found)
                found.append(Token(Kind.COMPARE, (first, other.value)[more], f"{first} {token.text} than {other.text}"))
                at = than + 1
                continue
        elif other is not None and sided:
            values = (other.value, SIDES[1 - SIDES.index(other.value)])
            found.append(Token(Kind.COMPARE, values[more], f"{token.text} {other.text}"))
            at = than + 1
            continue
        elif found and found[-1].value in SIDES and found[-1].kind is Kind.LATERALITY and token.text.startswith("pre"):
            side = found.pop()
            found.append(Token(Kind.COMPARE, side.value, f"{side.text} {token.text}"))
            at += 1
            continue
        found.append(token._replace(kind=Kind.NEUTRAL))
        at += 1
    return found


def _drop_last_side(tokens: list[Token]) -> None:
    """Take the compared side away, with the comma or "with" that led to it."""
    index = max(at for at, token in enumerate(tokens) if token.kind is Kind.LATERALITY)
    del tokens[index]
    if index and index == len(tokens) and tokens[index - 1].kind is Kind.JOIN:
        del tokens[index - 1]


def _abnormalities(tokens: list[Token]) -> list[Token]:
    """ "No acute bony abnormality" and "bones without abnormality" deny what can be wrong there."""
    found = list(tokens)
    for at in range(len(tokens) - 1, -1, -1):
        if at < len(found) and found[at].kind is Kind.ABNORMALITY and _negated(found, at):
            _deny(found, at)
    return found


def _negated(tokens: Sequence[Token], at: int) -> bool:
    """Whether a "no" reaches a token of its clause."""
    for index in range(at - 1, -1, -1):
        token = tokens[index]
        closed = token.kind is Kind.CLOSE and tokens[index + 1].kind is Kind.JOIN
        if closed or token.kind is Kind.BREAK:
            return False
        if token.kind is Kind.NEGATE:
            return True
    return False


def _deny(found: list[Token], at: int) -> None:
    """Put what a denied abnormality declares absent in the place of its words, after the "no"."""
    start = at
    while start and found[start - 1].kind in ADJECTIVES:
        start -= 1
    while start < at and found[start].kind is Kind.JOIN:  # the comma after the finding before
        start += 1
    own = found[start : at + 1]
    whole = any(token.kind is Kind.SCOPE for token in own)
    parts = [] if whole else [token for token in own if _part(token) is not None]
    acute = whole or any(token.kind is Kind.ACUTE for token in own)
    text = " ".join(token.text for token in own)
    kind = Kind.OTHERS if any(token.kind is Kind.OTHER for token in own) else Kind.ABSENT
    before = start - 1
    if not (parts or whole) and before > 0 and found[before].kind is Kind.NEGATE:
        first = _run_start(found, before)
        parts = [token for token in found[first:before] if _part(token) is not None]
        if parts:
            text = " ".join(token.text for token in found[first : at + 1])
            found[start : at + 1] = [Token(kind, _absent(parts, acute), text)]
            del found[first:before]
            return
    found[start : at + 1] = [Token(kind, _absent(parts, acute), text)]


def _part(token: Token) -> str | None:
    """The part of the chest that a token names, "" for one in which nothing can be drawn; None for other tokens."""
    if token.kind is Kind.STRUCTURE:
        return token.value
    if token.kind is Kind.ZONE and token.value in STRUCTURES:
        return token.value
    return None


def _absent(parts: Sequence[Token], acute: bool) -> str:
    """What is declared absent of parts of the chest, as a value of a token: sets and findings, "acute" before them."""
    if not parts:
        return "not_acute" if acute else "normal"
    names = [name for token in parts for name in STRUCTURES[_part(token) or ""]]
    return " ".join(dict.fromkeys(["acute", *names] if acute else names))


def _normals(tokens: list[Token]) -> list[Token]:
    """ "Heart and lungs are normal", "normal heart size", "normal" alone."""
    found, at = list(tokens), 0
    while at < len(found):
        if found[at].kind is Kind.NORMAL and not (at and found[at - 1].kind is Kind.NEGATE):
            at = _normal(found, at)
        at += 1
    return found


def _normal(found: list[Token], at: int) -> int:
    """Put one token in the place of a word such as "normal" and the parts that it is said of; where that stands."""
    start, end = _run_start(found, at), at + 1
    if not any(_part(token) is not None for token in found[start:at]):
        stop = end
        while stop < len(found) and found[stop].kind in RUN and found[stop].kind is not Kind.NORMAL:
            stop += 1
        own = [index for index in range(end, stop) if _part(found[index]) is not None]
        end = own[-1] + 1 if own else end
        if not own and start and found[start - 1].kind in (Kind.ABSENT, Kind.OTHERS, Kind.ONE_SIDE):
            start -= 1  # one more word of praise for the same parts
            found[start:end] = [found[start]]
            return start
    group = found[start:end]
    while end < len(found) and found[end].value == "bilateral":  # "the lungs are clear bilaterally"
        end += 1
    found[start:end] = [_declared(group)]
    return start


def _declared(group: Sequence[Token]) -> Token:
    """The token of parts that are called normal: absent findings, or nothing where no finding can be drawn."""
    parts = [token for token in group if _part(token) is not None]
    sides = {token.value for token in group if token.kind is Kind.LATERALITY}
    text = " ".join(dict.fromkeys(token.text for token in group if token.kind is not Kind.STRANGER))
    value = _absent(parts, False)
    if len(sides) == 1 and sides <= set(SIDES):
        return Token(Kind.ONE_SIDE, f"{sides.pop()} {value if parts else ''}".strip(), text)
    if not parts and any(token.kind in (Kind.ZONE, Kind.LATERALITY) for token in group):
        return Token(Kind.NEUTRAL, "", text)
    return Token(Kind.OTHERS if any(t.kind is Kind.OTHER for t in group) else Kind.ABSENT, value, text)


def _run_start(found: Sequence[Token], at: int) -> int:
    """Where the parts before a predicate begin: at the first, with a side directly before it."""
    start, seen = at, False
    while start and found[start - 1].kind in RUN and not (seen and found[start - 1].kind is Kind.NORMAL):
        start -= 1
        seen = seen or _part(found[start]) is not None
    parts = [index for index in range(start, at) if _part(found[index]) is not None]
    start = parts[0] if parts else at
    while start and found[start - 1].kind in (Kind.LATERALITY, Kind.ZONE, Kind.OTHER, Kind.AERATED):
        start -= 1
    if start == 2 and found[1].kind is Kind.JOIN and found[0].kind is Kind.ZONE:  # "hilar and mediastinal contours"
        start = 0
    return start
