# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Findings to text, for captions, manifests and reports: the inverse of `parse`."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, pairwise, starmap

from aurad_monai import vocabulary
from aurad_monai.prompts.finding import CLEAR_LUNGS, NORMAL, ClinicalFindings, Finding
from aurad_monai.prompts.size import size_words

EXTENT_WORDS = {"trace": "minimal", "small": "mild", "moderate": "moderate", "large": "severe"}
"""Severities of findings that have an extent and no size."""
ZONE_WORDS = {"upper": "upper zone", "mid": "mid zone", "lower": "lower zone", "diffuse": "widespread"}
PERSONS = {"female": "woman", "male": "man", None: "patient"}


def describe(findings: ClinicalFindings) -> str:
    """A prompt that says the same: ``parse(describe(findings)) == findings`` for every `ClinicalFindings`.

    Returns:
        One line such as "AP chest radiograph of a 63-year-old woman: small left pleural effusion; no pneumothorax".
    """
    head = _head(findings)
    if findings.findings == NORMAL:
        return f"{head}: normal" if head else "normal chest radiograph"
    body = "; ".join(filter(None, (_present(findings), _absent(findings))))
    if head and body:
        return f"{head}: {body}"
    return head or body or "chest radiograph"


def _head(findings: ClinicalFindings) -> str:
    if findings.view is None and findings.sex is None and findings.age is None:
        return ""
    head = f"{findings.view} chest radiograph" if findings.view else "chest radiograph"
    if findings.sex is None and findings.age is None:
        return head
    age = "" if findings.age is None else f"{findings.age}-year-old "
    return f"{head} of {_article(findings.age)} {age}{PERSONS[findings.sex]}"


def _article(age: int | None) -> str:
    return "an" if age is not None and (age in (11, 18) or str(age).startswith("8")) else "a"


def _phrase(items: Sequence[Finding]) -> str:
    """One finding, or its lesions, under one label: "small left and large right pleural effusion"."""
    label = vocabulary.finding(items[0].name).label
    if any(starmap(_would_reach, pairwise(items))):
        return ", ".join(_phrase([item]) for item in items)
    return " ".join(part for part in (" and ".join(filter(None, map(_attributes, items))), label) if part)


def _would_reach(first: Finding, second: Finding) -> bool:
    """Whether `parse` would lend one lesion's side, severity, size or zone to the next, where a row shares a label."""
    forward = (first.laterality and not second.laterality) or (first.severity and not second.severity)
    return bool(forward or (size_words(first) and not size_words(second)) or (second.zone and not first.zone))


def _attributes(item: Finding) -> str:
    graded = item.severity and vocabulary.finding(item.name).extent
    severity = EXTENT_WORDS[str(item.severity)] if graded else item.severity
    zone = ZONE_WORDS.get(item.zone, item.zone) if item.zone else None
    return " ".join(word for word in (severity, size_words(item), item.laterality, zone) if word)


def _present(findings: ClinicalFindings) -> str:
    """The present findings; canonical order puts the two sides of one finding next to each other."""
    groups = groupby(findings.present, key=lambda item: item.name)
    return _join([_phrase(list(items)) for _, items in groups], "and")


def _absent(findings: ClinicalFindings) -> str:
    absent = findings.absent
    clear = set(CLEAR_LUNGS) <= set(absent)
    labels = [vocabulary.finding(item.name).label for item in absent if not (clear and item in CLEAR_LUNGS)]
    parts = ["lungs are clear"] if clear else []
    return "; ".join(parts + ([f"no {_join(labels, 'or')}"] if labels else []))


def _join(texts: Sequence[str], word: str) -> str:
    return f" {word} ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)
