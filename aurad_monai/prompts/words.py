# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Lexicon of prompts: every phrase with its meaning.

A phrase is a tuple of lower-case words (hyphens become spaces); its meaning is one token or several ("RUL": right,
upper). The longest phrase wins. Words outside this table are refused.
"""

from __future__ import annotations

from enum import Enum
from itertools import product
from typing import NamedTuple

from aurad_monai import vocabulary


class Kind(Enum):
    """What a token is to the parser."""

    FINDING = "finding"
    LATERALITY = "laterality"
    ZONE = "zone"
    SEVERITY = "severity"
    SIZE = "size"
    ABSENT = "absent"
    OTHERS = "others"
    VIEW = "view"
    SEX = "sex"
    AGE = "age"
    STUDY = "study"
    NEGATE = "negate"
    JOIN = "join"
    BREAK = "break"
    FILLER = "filler"


class Token(NamedTuple):
    """A phrase understood: its kind, the vocabulary's value, and the user's words for messages."""

    kind: Kind
    value: str
    text: str


Phrase = tuple[str, ...]
Meaning = tuple[tuple[Kind, str], ...]

SIDE_WORDS = {
    "left": "left, l, lt, left sided, left side",
    "right": "right, r, rt, right sided, right side",
    "bilateral": "bilateral, bilaterally, both, both sides, both sided, two sided, bil, bilat, b / l, l / r, r / l, "
    "left / right, right / left, on both sides",
}
_PLACES = ("lobe", "zone", "lung", "lung zone", "field", "lung field", "third")
_PARTS = ("", *(f" {place}{ending}" for place in _PLACES for ending in ("", "s")))
ZONE_WORDS = {
    "upper": ", ".join("upper" + part for part in _PARTS),
    "mid": ", ".join(word + part for word in ("mid", "middle") for part in _PARTS) + ", midzone, midzones, midlung",
    "lower": ", ".join("lower" + part for part in _PARTS) + ", retrocardiac, retrocardiac region",
    "apical": "apical, apex, apices, lung apex, lung apices, apical zone, apical zones, apical region",
    "basal": "basal, base, bases, basilar, basally, lung base, lung bases, basal zone, basal zones, basal region",
    "perihilar": "perihilar, parahilar, hilar, hilum, hila, perihilar region, perihilar zone",
    "costophrenic": "costophrenic, costophrenic angle, costophrenic angles, costophrenic sulcus, costophrenic sulci, "
    "costophrenic recess, lateral costophrenic angle, cp angle, cp angles",
    "diffuse": "diffuse, diffusely, widespread, scattered, generalized, generalised, throughout, throughout the lung, "
    "throughout the lungs, all zones, in all zones",
}
SEVERITY_WORDS = {
    "trace": "trace, minimal, minimally, tiny, minute, very small, very mild, subtle",
    "small": "small, mild, mildly, slight, slightly, little, small sized",
    "moderate": "moderate, moderately, medium, moderate sized, moderately sized, medium sized",
    "large": "large, severe, severely, massive, massively, marked, markedly, big, huge, extensive, very large, "
    "large sized, gross",
}
BOTH_WORDS = {
    "bibasilar": ("bilateral", "basal"),
    "bibasal": ("bilateral", "basal"),
    "biapical": ("bilateral", "apical"),
    "lingula": ("left", "mid"),
    "lingular": ("left", "mid"),
    "lul": ("left", "upper"),
    "lll": ("left", "lower"),
    "rul": ("right", "upper"),
    "rml": ("right", "mid"),
    "rll": ("right", "lower"),
}
GRADES = {"minimally": "trace", "slightly": "small", "mildly": "small", "moderately": "moderate"}
GRADES |= {"severely": "large", "markedly": "large", "massively": "large"}

_PROCESSES = "finding, findings, abnormality, abnormalities, disease, process, pathology"
ABSENT_WORDS = {term.name: ", ".join(term.absent_phrases) for term in vocabulary.FINDINGS if term.absent_phrases} | {
    "normal": "normal, unremarkable, healthy, "
    + ", ".join(f"no {adjective}{noun}" for adjective in ("", "abnormal ") for noun in _PROCESSES.split(", ")),
    "not_acute": ", ".join(
        f"no {adjective} {noun}"
        for adjective in ("acute", "acute cardiopulmonary", "acute pulmonary", "acute thoracic")
        for noun in _PROCESSES.split(", ")
    ),
    "clear_lungs": "lungs are clear, lungs clear, clear lungs, clear lung fields, lung fields are clear, "
    "both lungs are clear, lungs are clear bilaterally, lungs are normal, normal lungs, lungs are unremarkable",
}
"""Phrases that declare findings absent: a set of `parse.ABSENT_SETS`, or one finding."""

OTHERS_WORDS = {
    "normal": "otherwise normal, otherwise unremarkable, "
    + ", ".join(f"no {word} {noun}" for word in ("other", "additional", "further") for noun in _PROCESSES.split(", ")),
    "not_acute": ", ".join(f"no other acute {noun}" for noun in _PROCESSES.split(", ")),
    "clear_lungs": "lungs are otherwise clear, lungs otherwise clear, otherwise clear lungs, otherwise lungs are clear",
}
"""The same for every finding that the prompt does not name."""

OTHER_WORDS: dict[tuple[Kind, str], str] = {
    (Kind.VIEW, "PA"): "pa, pa view, pa projection, posteroanterior, postero anterior, posterior anterior",
    (Kind.VIEW, "AP"): "ap, ap view, ap projection, anteroposterior, antero posterior, anterior posterior, portable, "
    "bedside, supine",
    (Kind.SEX, "female"): "female, woman, lady, f",
    (Kind.SEX, "male"): "male, man, gentleman, m",
    (
        Kind.STUDY,
        "",
    ): "chest radiograph, chest x ray, chest xray, chest film, chest image, cxr, radiograph, x ray, xray, "
    "film, study, examination, chest study",
    (Kind.NEGATE, ""): "no, without, w / o, free of, negative for, absence of, neither, no evidence of, no sign of, "
    "no signs of, without evidence of, without sign of, without signs of",
    (Kind.JOIN, "and"): "and, with, plus, as well as, along with, together with, also, &, +, w /",
    (Kind.JOIN, ","): "comma",
    (Kind.JOIN, "or"): "or, nor, and / or, /",
    (Kind.BREAK, ""): ";, ., :, but",
    (
        Kind.FILLER,
        "",
    ): "the, a, an, of, in, on, at, is, are, was, were, there, has, have, who, this, it, side, sided, sides, "
    "lung, lungs, rib, ribs, hemithorax, hemithoraces, chest, view, frontal, projection, patient, adult, person, "
    "seen, noted, present, identified, visible, visualized, demonstrated, shown, showing, shows, evidence, "
    "focal, acute, amount, volume, size, sized, angle, area, region",
}
AGE_UNITS = "year old, years old, yr old, yrs old, yo, y o, y / o, yr, yrs, years, year, y, years of age, year olds"
AGE_WORDS = ("age", "aged")

REASONS = {
    "uncertain": ("findings stated as present or absent, without doubt", "write the finding, or 'no' and the finding"),
    "compared": ("one radiograph, without time or comparison", "leave the word out"),
    "not": ("absence written before the finding", "write 'no' and the finding"),
    "view": ("frontal radiographs, PA or AP", "leave the word out"),
}
REFUSED_WORDS = {
    "uncertain": "possible, possibly, probable, probably, likely, unlikely, maybe, perhaps, may, might, could, "
    "suspected, suspect, suspicion, suspicious, questionable, question, query, equivocal, indeterminate, uncertain, "
    "unclear, presumed, presumably, borderline, versus, vs, cannot, can not, can t, exclude, excluded, "
    "excluding, rule out, ruled out, r / o, differential, concerning, concern, consistent, compatible, "
    "suggestive, suggesting, suggests, favor, favors, favored, either, definite, definitely, appears, "
    "appear, seems, apparent, to, if, ?, doubtful, potential, potentially",
    "compared": "new, newly, old, unchanged, stable, increased, increasing, decreased, decreasing, resolved, "
    "resolving, improved, improving, worse, worsened, worsening, interval, prior, previous, previously, chronic, "
    "healed, healing, persistent, again, larger, smaller, recurrent, now",
    "not": "not, absent, none, never, isn t, aren t, negative, lack, lacks",
    "view": "lateral, lateral view, oblique, decubitus, lordotic",
}
RELATED = {
    "pneumonia": "consolidation",
    "infiltrate": "consolidation",
    "infiltrates": "consolidation",
    "infiltration": "consolidation",
    "opacity": "airspace opacity or nodular opacity",
    "opacities": "airspace opacities or nodular opacities",
    "edema": "effusion or consolidation",
    "copd": "emphysema",
    "granuloma": "calcified granuloma",
    "tumor": "mass",
    "lesion": "mass, nodule or calcified lesion",
    "fluid": "pleural fluid",
    "heart": "enlarged heart",
    "clear": "lungs are clear",
}
"""What to offer for words that are near in meaning, where spelling would offer nonsense."""


def _phrase(text: str) -> Phrase:
    return (",",) if text == "comma" else tuple(text.split())


def _listed(text: str) -> list[Phrase]:
    return [_phrase(part) for part in text.split(", ")]


def plural(text: str) -> str:
    """The plural of a phrase's last word, as far as the vocabulary needs it; mass nouns and plurals stay."""
    if text.endswith("is"):
        return text[:-2] + "es"
    if text.endswith(("a", "i")) or (text.endswith("s") and not text.endswith("ss")):
        return text
    if text.endswith("y"):
        return text[:-1] + "ies"
    return text + ("es" if text.endswith(("s", "x")) else "s")


def _finding_phrases() -> dict[Phrase, Meaning]:
    phrases: dict[Phrase, Meaning] = {}
    for term in vocabulary.FINDINGS:
        for alias in (term.label, term.name.replace("_", " "), *term.aliases):
            for text in (alias, plural(alias)):
                phrases[_phrase(text)] = ((Kind.FINDING, term.name),)
    sides = (*((side, side) for side in vocabulary.LATERALITIES), ("both", "bilateral"))
    for term in vocabulary.FINDINGS:
        for text, (word, side) in product(term.sided_aliases, sides):
            phrases[_phrase(text.format(side=word))] = ((Kind.LATERALITY, side), (Kind.FINDING, term.name))
        for text, (word, severity) in product(term.graded_aliases, GRADES.items()):
            phrases[_phrase(text.format(grade=word))] = ((Kind.SEVERITY, severity), (Kind.FINDING, term.name))
    return phrases


def _all_phrases() -> dict[Phrase, Meaning]:
    tables = (
        (Kind.LATERALITY, SIDE_WORDS),
        (Kind.ZONE, ZONE_WORDS),
        (Kind.SEVERITY, SEVERITY_WORDS),
        (Kind.ABSENT, ABSENT_WORDS),
        (Kind.OTHERS, OTHERS_WORDS),
    )
    words = {(kind, value): text for kind, table in tables for value, text in table.items()} | OTHER_WORDS
    phrases: dict[Phrase, Meaning] = {phrase: (token,) for token, text in words.items() for phrase in _listed(text)}
    for word, (side, zone) in BOTH_WORDS.items():
        phrases[(word,)] = ((Kind.LATERALITY, side), (Kind.ZONE, zone))
    return phrases | _finding_phrases()


PHRASES = _all_phrases()
"""Every phrase that is understood."""

REFUSED = {phrase: reason for reason, text in REFUSED_WORDS.items() for phrase in _listed(text)}
"""Every phrase that is known and refused, with its key in `REASONS`."""

UNITS = set(_listed(AGE_UNITS))
LONGEST = max(map(len, (*PHRASES, *REFUSED)))
