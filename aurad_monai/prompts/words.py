# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Lexicon of prompts and reports: every phrase with its meaning, from `data/words.json` and `data/findings.json`.

A phrase is a tuple of lower-case words (hyphens become spaces); its meaning is one token or several ("RUL": right,
upper). The longest phrase wins. Words outside this table are refused in prompts and passed over in reports.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from typing import Any, NamedTuple

from aurad_monai import vocabulary
from aurad_monai.data.tables import read_table


class Kind(Enum):
    """What a token is to the grammar."""

    FINDING = "finding"
    UNDRAWABLE = "not drawable"
    LATERALITY = "laterality"
    ZONE = "zone"
    SEVERITY = "severity"
    IMPLIED = "implied severity"
    LOOSE = "loose name"
    SIZE = "size"
    COUNT = "count"
    COMPARE = "comparison"
    LESS = "less"
    THAN = "than"
    LINKED = "same side"
    ABSENT = "absent"
    OTHERS = "others"
    ONE_SIDE = "one side normal"
    STRUCTURE = "structure"
    NORMAL = "normal"
    AERATED = "aerated"
    ABNORMALITY = "abnormality"
    ACUTE = "acute"
    SCOPE = "scope"
    TECHNICAL = "technical"
    OTHER = "other"
    VIEW = "view"
    SEX = "sex"
    AGE = "age"
    STUDY = "study"
    CHILD = "child"
    NEGATE = "negate"
    NEGATE_BEFORE = "negate before"
    UNSURE = "unsure"
    UNSURE_BEFORE = "unsure before"
    CLOSE = "close"
    JOIN = "join"
    TO = "to"
    BREAK = "break"
    NEUTRAL = "neutral"
    FILLER = "filler"
    REFUSED = "refused"
    STRANGER = "stranger"


class Token(NamedTuple):
    """A phrase understood: its kind, the vocabulary's value, the user's words, and what was assumed, to be said."""

    kind: Kind
    value: str
    text: str
    note: str = ""


Phrase = tuple[str, ...]
Meaning = tuple[tuple[Kind, str], ...]
WEAK = "weak"
"""Value of doubts such as "consistent with", which a report is taken at its word for and a prompt is not."""
ATTRIBUTES = (Kind.LATERALITY, Kind.ZONE, Kind.SEVERITY)

WORDS: dict[str, Any] = read_table("words.json")
STRUCTURES: dict[str, tuple[str, ...]] = {name: tuple(row["absent"]) for name, row in WORDS["structures"].items()}
"""Parts of the chest that a text may call normal, with what that declares absent."""
OUTSIDE = frozenset(WORDS["outside"])
"""Of these the parts in which a finding is none of ours: "nodule in the breast"."""
UNDRAWABLE: dict[str, Mapping[str, Any]] = WORDS["not_drawable"]
"""Findings that are known and cannot be drawn: their words, the nearest that can, and whether a prompt is refused."""
NEAREST: dict[str, str] = WORDS["nearest"]
"""What to offer for words that are near in meaning, where spelling would offer nonsense."""
LANGUAGES: dict[str, frozenset[str]] = {name: frozenset(words) for name, words in WORDS["languages"].items()}
AGE_UNITS = "year old, years old, yr old, yrs old, yo, y o, y / o, yr, yrs, years, year, y, years of age, year olds"
AGE_WORDS = ("age", "aged")
ELSEWHERE = {term.name: frozenset(term.elsewhere) for term in vocabulary.FINDINGS}
"""Words of places outside lungs and ribs: in a sentence with one of them the finding is not meant."""
HERE = {term.name: frozenset(term.here) for term in vocabulary.FINDINGS}
"""Words that say it is meant all the same."""


def _phrase(text: str) -> Phrase:
    return (",",) if text == "comma" else tuple(text.split())


def plural(text: str) -> str:
    """The plural of a phrase's last word, as far as the vocabulary needs it; mass nouns and plurals stay."""
    if text.endswith("is"):
        return text[:-2] + "es"
    if text.endswith(("a", "i")) or (text.endswith("s") and not text.endswith("ss")):
        return text
    if text.endswith("y"):
        return text[:-1] + "ies"
    return text + ("es" if text.endswith(("s", "x", "ch", "sh")) else "s")


def _all_phrases() -> dict[Phrase, Meaning]:
    """Phrases that are read word by word; of two meanings the later counts."""
    found: dict[Phrase, Meaning] = {}

    def add(texts: Iterable[str], *meaning: tuple[Kind, str]) -> None:
        found.update({_phrase(text): meaning for text in texts})

    add(WORDS["fillers"], (Kind.FILLER, ""))
    for kind, key in (
        (Kind.NEUTRAL, "neutral"),
        (Kind.NEUTRAL, "ordinals"),
        (Kind.TECHNICAL, "technical"),
        (Kind.SCOPE, "scope"),
        (Kind.ACUTE, "acute_words"),
    ):
        add(WORDS[key], (kind, ""))
    for name, row in WORDS["structures"].items():
        add(row["words"], (Kind.STRUCTURE, name))
    for kind, key in ((Kind.NORMAL, "normal"), (Kind.AERATED, "aerated"), (Kind.ABNORMALITY, "abnormality")):
        add(WORDS[key], (kind, ""))
    add(WORDS["normal_of"], (Kind.NORMAL, ""), (Kind.NEGATE, ""))
    for kind, key in ((Kind.LATERALITY, "sides"), (Kind.ZONE, "zones"), (Kind.SEVERITY, "severities")):
        for value, texts in WORDS[key].items():
            add(texts, (kind, value))
    for text, (side, zone) in WORDS["places"].items():
        add([text], (Kind.LATERALITY, side), (Kind.ZONE, zone))
    for kind, key in ((Kind.COUNT, "counts"), (Kind.COMPARE, "compare"), (Kind.LESS, "less"), (Kind.LINKED, "linked")):
        add(WORDS[key], (kind, ""))
    for kind, key in ((Kind.OTHER, "others"), (Kind.CLOSE, "closes"), (Kind.BREAK, "breaks")):
        add(WORDS[key], (kind, ""))
    add(["than"], (Kind.THAN, ""))
    add(["to"], (Kind.TO, ""))
    for value, texts in WORDS["joins"].items():
        add(texts, (Kind.JOIN, value))
    _add_patient(add)
    for key, before, after in (
        ("negations", Kind.NEGATE, Kind.NEGATE_BEFORE),
        ("uncertain", Kind.UNSURE, Kind.UNSURE_BEFORE),
    ):
        add(WORDS[key]["before"], (before, ""))
        add(WORDS[key]["after"], (after, ""))
    add(WORDS["uncertain"]["weak"], (Kind.UNSURE, WEAK))
    for reason, texts in WORDS["refused"].items():
        add(texts, (Kind.REFUSED, reason))
    return found


def _add_patient(add: Any) -> None:
    kinds = {**dict.fromkeys(vocabulary.VIEWS, Kind.VIEW), **dict.fromkeys(vocabulary.SEXES, Kind.SEX)}
    for value, texts in WORDS["patient"].items():
        add(texts, (kinds.get(value) or Kind[value.upper()], value))


PHRASES = _all_phrases()
"""Every phrase that is read word by word."""
LONGEST = max(map(len, PHRASES))
UNITS = {_phrase(text) for text in AGE_UNITS.split(", ")}
FILLERS = frozenset(WORDS["fillers"]) - {"rib", "ribs", "pulmonary", "volume", "volumes"}
"""Words that count for nothing inside the name of a finding."""


def _named() -> Iterator[tuple[str, Meaning]]:
    """Every name of a finding, drawable or not; names that two findings share mean both."""
    for name, row in UNDRAWABLE.items():
        yield from ((text, ((Kind.UNDRAWABLE, name),)) for text in row["words"])
    names: dict[str, list[str]] = {}
    extra: dict[str, tuple[tuple[Kind, str], ...]] = {}
    for term in vocabulary.FINDINGS:
        for alias in (term.label, term.name.replace("_", " "), *term.aliases):
            names.setdefault(alias, []).append(term.name)
        for alias in term.loose_aliases:
            names.setdefault(alias, []).append(term.name)
            extra[alias] = ((Kind.LOOSE, ""),)
        for severity, aliases in term.aliases_of_severity.items():
            for alias in aliases:
                names.setdefault(alias, []).append(term.name)
                extra[alias] = ((Kind.IMPLIED, severity),)
    for alias, found in names.items():
        yield alias, ((Kind.FINDING, " ".join(dict.fromkeys(found))), *extra.get(alias, ()))


def _tree() -> dict[str, Any]:
    """Names of findings word by word, without fillers, so that "heart is enlarged" is "heart enlarged"."""
    root: dict[str, Any] = {}
    for name, meaning in _named():
        for form in (name, plural(name), f"{name}s" if name.endswith("a") else name):
            node = root
            for word in _phrase(form):
                if word not in FILLERS or len(_phrase(form)) == 1:
                    node = node.setdefault(word, {})
            node[""] = meaning
    return root


NAMES = _tree()
"""Names of findings, word by word; "" holds what ends there."""


def certain_names() -> dict[str, list[str]]:
    """Names of findings in singular and plural, but those that are wider, with what each means."""
    found: dict[str, list[str]] = {}
    for name, meaning in _named():
        if meaning[0][0] is Kind.FINDING and not any(kind is Kind.LOOSE for kind, _ in meaning):
            found.update({form: meaning[0][1].split() for form in (name, plural(name))})
    return found
