# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A radiologist's report becomes findings: what it says is there, what it says is not, and what it leaves open.

A prompt must be understood to its last word (`parse.py`); a report cannot be. Here every sentence of the sections that
describe the image is searched for the names of findings, and for the words around them that deny or doubt them, or say
side, zone and severity. What a report only considers is uncertain and never becomes a label:

    report    = { heading section }          section = { sentence "." }
    sentence  = { cue | finding | attribute | other word }
    mention   = { attribute } finding { "in" attribute }, present, absent or uncertain by the cue that reaches it
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise, product

from aurad_monai import vocabulary
from aurad_monai.prompts.finding import CLEAR_LUNGS, NORMAL, ClinicalFindings, Finding, declare_absent
from aurad_monai.prompts.lexer import split_words
from aurad_monai.prompts.report_words import (
    ATTRIBUTE_PHRASES,
    CUE_PHRASES,
    ELSEWHERE,
    FINDING_PHRASES,
    HERE,
    LIGHT,
    LONGEST,
    NORMAL_PHRASES,
    PASSED_OVER,
    READ,
    Cue,
)
from aurad_monai.prompts.words import Kind, Meaning

PRESENT, EITHER, UNSURE, ABSENT = "present", "either", "uncertain", "absent"
SETS = {"normal": NORMAL, "clear_lungs": CLEAR_LUNGS}
HEADING = re.compile(r"(?:^|\n)[ \t]*([A-Za-z][A-Za-z ()/]{2,40}):")
SENTENCE = re.compile(r"(?<!\bDr)(?<!\bMr)\.(?=\s|$)|\n\s*\n|<BR>")
PLACING = ("in", "at", "on", "of", "within", "involving", "throughout", "along", "over", "near")
"""Words after which a side or a zone belongs to the finding before."""
MAX_WORDS = 12
"""Longest name of a finding, with what stands inside it."""
PATIENCE = 3
"""Words that are not understood between an attribute and its finding."""


@dataclass(frozen=True)
class Mention:
    """One place where a report speaks of a finding."""

    name: str
    status: str
    laterality: str | None = None
    zone: str | None = None
    severity: str | None = None


@dataclass(frozen=True)
class ReportFindings:
    """What a report says.

    Args:
        present: findings it states, one for each side.
        absent: names of those it denies.
        either: names of those it states as one of several, as in "atelectasis or scarring".
        uncertain: names of those it only considers.
    """

    present: tuple[Finding, ...] = ()
    absent: tuple[str, ...] = ()
    either: tuple[str, ...] = ()
    uncertain: tuple[str, ...] = ()

    def clinical(self) -> ClinicalFindings:
        """The same without what it leaves open."""
        return ClinicalFindings((*self.present, *declare_absent(self.absent)))


def read_report(text: str) -> ReportFindings:
    """Read a report of a chest radiograph in English.

    Args:
        text: free text, with or without headings; of a text with headings only findings, impression and the like count.

    Returns:
        What it states; nothing is raised for words that are not understood.
    """
    mentions = [mention for sentence in sentences(text) for mention in read_sentence(sentence)]
    status: dict[str, str] = {}
    for name in vocabulary.FINDING_NAMES:
        said = [mention.status for mention in mentions if mention.name == name]
        if said:
            status[name] = next(kind for kind in (PRESENT, EITHER, UNSURE, ABSENT) if kind in said)
    shown = [mention for mention in mentions if mention.status == PRESENT]
    return ReportFindings(
        present=tuple(item for name in status for item in _merge([m for m in shown if m.name == name])),
        absent=tuple(name for name, kind in status.items() if kind == ABSENT),
        either=tuple(name for name, kind in status.items() if kind == EITHER),
        uncertain=tuple(name for name, kind in status.items() if kind == UNSURE),
    )


def sentences(text: str) -> Iterator[str]:
    """The sentences of the sections that describe the image."""
    for section in sections(text):
        yield from (part for part in SENTENCE.split(section) if part.strip())


def sections(text: str) -> list[str]:
    """The text under the headings that count; all of it where there are no headings."""
    passed = PASSED_OVER.split(", ")
    kept, start, reading = [], 0, True
    for heading in HEADING.finditer(text):
        name = " ".join(heading[1].lower().split())
        if name in READ or name in passed or heading[1].isupper():
            kept += [text[start : heading.start()]] if reading else []
            start, reading = heading.end(), name not in passed
    return kept + ([text[start:]] if reading else [])


@dataclass
class _Reading:
    """The state of reading one sentence from left to right."""

    mode: str = PRESENT
    mentions: list[Mention] = field(default_factory=list)
    clause: int = 0
    """Where the mentions of this clause begin."""
    waiting: list[list[tuple[Kind, str]]] = field(default_factory=lambda: [[]])
    """Attributes that no finding has had yet, in rows: "large right and small left"."""
    strangers: int = 0
    placing: bool = False
    either: bool = False


def read_sentence(sentence: str) -> list[Mention]:
    """The mentions of findings in one sentence."""
    words, at, reading = split_words(sentence), 0, _Reading()
    while at < len(words):
        at += _step(words, at, reading)
    heard = set(words) | {f"{word}{number}" for word, number in pairwise(words) if number.isdigit()}  # T 12, L 1
    return [mention for mention in reading.mentions if not _elsewhere(mention.name, heard)]


def _elsewhere(name: str, words: set[str]) -> bool:
    """Whether a sentence speaks of a place that is not of the chest's lungs and ribs."""
    return bool(words & ELSEWHERE.get(name, set())) and not words & HERE.get(name, set())


def _step(words: Sequence[str], at: int, reading: _Reading) -> int:
    """Understand what stands at a word; returns how many words it took."""
    names, inner, length = _finding(words, at)
    cue, normal, attribute = (
        _longest(words, at, CUE_PHRASES),
        _longest(words, at, NORMAL_PHRASES),
        _longest(words, at, ATTRIBUTE_PHRASES),
    )
    longest = max(length, cue, normal, attribute)
    if not longest:
        return _word(words, at, reading)
    phrase = tuple(words[at : at + longest])
    if cue == longest:
        _cue(CUE_PHRASES[phrase], reading)
    elif normal == longest:
        found = SETS.get(NORMAL_PHRASES[phrase]) or declare_absent([NORMAL_PHRASES[phrase]])
        reading.mentions += [Mention(item.name, ABSENT) for item in found]
        _stop(reading)
        reading.mode = ABSENT if words[at + longest : at + longest + 1] == ["of"] else PRESENT  # "lungs are clear of"
    elif length == longest:
        _mention(names, inner, reading)
    else:
        _attribute(ATTRIBUTE_PHRASES[phrase], reading)
    return longest


def _word(words: Sequence[str], at: int, reading: _Reading) -> int:
    """A word of no meaning of its own: joins decide how far a denial reaches, others wear attributes out."""
    word = words[at]
    if word in (",", "and", "with", "or", "/"):
        if reading.mode == ABSENT and word != "or" and _states_anew(words, at + 1):
            _stop(reading)
        if word in ("or", "/") and reading.mode == PRESENT:
            _either(reading)
        if word == "and":
            reading.waiting.append([])
        if word in (",", "with"):
            reading.waiting, reading.placing = [[]], False
        return 1
    if word in PLACING:
        reading.placing = len(reading.mentions) > reading.clause
    else:
        reading.strangers += 1
        if reading.strangers > PATIENCE:
            reading.waiting, reading.placing = [[]], False
    return 1


def _states_anew(words: Sequence[str], at: int) -> bool:
    """Whether a denied list ends here: an attribute follows the comma, and no "or" comes after."""
    return bool(_longest(words, at, ATTRIBUTE_PHRASES)) and not {"or", "nor"} & set(words[at:])


def _stop(reading: _Reading) -> None:
    reading.mode, reading.clause, reading.waiting = PRESENT, len(reading.mentions), [[]]
    reading.placing = reading.either = False


def _either(reading: _Reading) -> None:
    """ "A or B", "A versus B": one of both is there."""
    if len(reading.mentions) > reading.clause:
        _change(reading, len(reading.mentions) - 1, EITHER)
        reading.either = True


def _change(reading: _Reading, start: int, status: str) -> None:
    for index in range(start, len(reading.mentions)):
        if reading.mentions[index].status != ABSENT or status == ABSENT:
            reading.mentions[index] = replace(reading.mentions[index], status=status)


def _cue(cue: Cue, reading: _Reading) -> None:
    if cue is Cue.STOP:
        _stop(reading)
    elif cue is Cue.ABSENT:
        reading.mode, reading.waiting = ABSENT, [[]]
    elif cue is Cue.UNSURE and reading.mode != ABSENT:
        reading.mode = UNSURE
    elif cue in (Cue.ABSENT_BEFORE, Cue.UNSURE_BEFORE):
        _change(reading, reading.clause, ABSENT if cue is Cue.ABSENT_BEFORE else UNSURE)
    elif cue is Cue.EITHER and reading.mode == PRESENT:
        _either(reading)


def _attribute(meaning: Meaning, reading: _Reading) -> None:
    if reading.placing and len(reading.mentions) > reading.clause:
        last = reading.mentions[-1]
        for kind, value in meaning:
            last = _with(last, kind, value)
        reading.mentions[-1] = last
    else:
        reading.waiting[-1] += meaning
        reading.strangers = 0


def _mention(names: Sequence[str], inner: Sequence[tuple[Kind, str]], reading: _Reading) -> None:
    status = EITHER if reading.either and reading.mode == PRESENT else reading.mode
    for name, row in product(names, [row for row in reading.waiting if row] or [[]]):
        mention = Mention(name, status)
        for kind, value in (*row, *inner):
            mention = _with(mention, kind, value)
        reading.mentions.append(mention)
    reading.waiting, reading.strangers, reading.placing, reading.either = [[]], 0, False, False


def _with(mention: Mention, kind: Kind, value: str) -> Mention:
    """A mention with one attribute more; left and right make bilateral, of zones and severities the first counts."""
    key = kind.value
    earlier = getattr(mention, key)
    if kind is Kind.LATERALITY and earlier not in (None, value):
        value = "bilateral"
    elif earlier is not None:
        return mention
    return replace(mention, **{key: value})


def _longest(words: Sequence[str], at: int, phrases: object) -> int:
    for length in range(min(LONGEST, len(words) - at), 0, -1):
        if tuple(words[at : at + length]) in phrases:  # type: ignore[operator]
            return length
    return 0


def _tree() -> dict[str, object]:
    """The names of findings, word by word; "" holds what ends there."""
    root: dict[str, object] = {}
    for phrase, names in FINDING_PHRASES.items():
        node = root
        for word in phrase:
            node = node.setdefault(word, {})  # type: ignore[assignment]
        node[""] = names
    return root


_TREE = _tree()


def _finding(words: Sequence[str], start: int) -> tuple[tuple[str, ...], list[tuple[Kind, str]], int]:
    """The longest name of a finding at a word, with attributes inside it: "heart is mildly enlarged"."""
    return max(_names(words, start, start, _TREE, []), key=lambda found: found[2], default=((), [], 0))


def _names(
    words: Sequence[str], start: int, at: int, node: dict[str, object], inner: list[tuple[Kind, str]]
) -> Iterator[tuple[tuple[str, ...], list[tuple[Kind, str]], int]]:
    """Every name that begins at `start`, when its words up to `at` led to `node`."""
    if "" in node:
        yield node[""], inner, at - start  # type: ignore[misc]
    if at == len(words) or at - start > MAX_WORDS:
        return
    if words[at] in node:
        yield from _names(words, start, at + 1, node[words[at]], inner)  # type: ignore[arg-type]
    if at > start:
        length = _longest(words, at, ATTRIBUTE_PHRASES)
        if length:
            meaning = ATTRIBUTE_PHRASES[tuple(words[at : at + length])]
            yield from _names(words, start, at + length, node, [*inner, *meaning])
        elif words[start] in ("calcified", "calcific") and _light(words[at]):
            yield from _names(words, start, at + 1, node, inner)


def _light(word: str) -> bool:
    return word in LIGHT or word.isdigit()


def _merge(mentions: Sequence[Mention]) -> list[Finding]:
    """One finding a side from all that is said of it; what is said in different ways is left open."""
    if not mentions:
        return []
    term = vocabulary.finding(mentions[0].name)
    sides = {mention.laterality for mention in mentions if mention.laterality} if term.sided else set()
    wanted = ["bilateral"] if "bilateral" in sides or not sides else sorted(sides)
    merged = []
    for side in wanted:
        about = [m for m in mentions if m.laterality in (None, side) or side == "bilateral"]
        zones = {m.zone for m in about if m.zone} if term.sided else set()
        severities = {m.severity for m in about if m.severity}
        zone = zones.pop() if len(zones) == 1 else None
        name = "diffuse_nodule" if term.name == "nodule" and zone == "diffuse" else term.name
        merged.append(
            Finding(
                name,
                side if sides else None,
                None if name == "diffuse_nodule" and zone == "diffuse" else zone,
                severities.pop() if len(severities) == 1 else None,
            )
        )
    return merged
