# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Sample the prompts of a dataset from a distribution over findings, their attributes, views, sexes and ages.

In: weights by value, a number and a seed. Out: a fixed list of prompts.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from aurad_monai import vocabulary
from aurad_monai.errors import InputError
from aurad_monai.prompts.describe import describe
from aurad_monai.prompts.finding import NORMAL, ClinicalFindings, Finding
from aurad_monai.request.streams import Stream, generator

OPEN = "open"
"""Weight of leaving an attribute unsaid."""
NORMAL_NAME = "normal"
"""Stands among the findings for a chest without any."""
VALUES: dict[str, tuple[str, ...]] = {
    "findings": (*vocabulary.FINDING_NAMES, NORMAL_NAME),
    "laterality": (*vocabulary.LATERALITIES, OPEN),
    "zone": (*vocabulary.ZONES, OPEN),
    "severity": (*vocabulary.SEVERITIES, OPEN),
    "view": (*vocabulary.VIEWS, OPEN),
    "sex": (*vocabulary.SEXES, OPEN),
}
PLACES = ("laterality", "zone", "severity")
PEOPLE = ("view", "sex", "age")
KEYS = ("findings", *PLACES, *PEOPLE, "findings_per_case")
AGE_RANGE = re.compile(r"(\d{1,3})(?:-(\d{1,3}))?")

Weights = dict[str, float]


@dataclass
class Draft:
    """A case whose attributes are still being dealt: findings by name, each with side, zone and severity."""

    findings: dict[str, dict[str, Any]]


def draw_prompts(distribution: object, num: int, balance: object, seed: int) -> list[str]:
    """Draw the prompts of a dataset.

    Args:
        distribution: weights by value for any of `KEYS`, or a list of values of equal weight. `findings` must be
            there; an attribute not listed is left unsaid, and so is the value "open". Ages are years or ranges such
            as "20-40".
        num: prompts.
        balance: attributes whose shares shall be exact (to the last case) instead of drawn; True means all. Sides,
            zones and severities are balanced within each finding.
        seed: of the drawing.

    Returns:
        `num` prompts that `parse` understands.

    Raises:
        InputError: a key, value or weight is not known.
    """
    weights = _read(distribution)
    exact = _read_balance(balance)
    rng = generator(Stream.PROMPTS, seed)
    drafts = _deal_findings(weights, num, exact, rng)
    for name in PLACES:
        _deal_places(drafts, name, weights.get(name, {}), name in exact, rng)
    people = {name: _deal(weights.get(name, {}), num, name in exact, rng) for name in PEOPLE}
    ages = [_age(value, rng) for value in people["age"]]
    return [
        describe(_findings(draft, view, sex, age))
        for draft, view, sex, age in zip(drafts, people["view"], people["sex"], ages, strict=True)
    ]


def _read(distribution: object) -> dict[str, Weights]:
    if not isinstance(distribution, Mapping) or "findings" not in distribution:
        raise InputError("distribution", distribution, "a mapping with findings and their weights")
    unknown = [str(key) for key in distribution if key not in KEYS]
    if unknown:
        raise InputError("distribution", ", ".join(unknown), ", ".join(KEYS))
    weights = {str(key): _weights(str(key), value) for key, value in distribution.items()}
    for key, values in VALUES.items():
        for value in weights.get(key, ()):
            if value not in values:
                raise InputError(f"distribution: {key}", value, ", ".join(values))
    for value in weights.get("age", ()):
        if value != OPEN:
            _age_range(value)
    for value in weights.get("findings_per_case", ()):
        if not re.fullmatch(r"[1-9]", value) or int(value) > len(vocabulary.FINDING_NAMES):
            raise InputError("distribution: findings_per_case", value, "numbers of findings, 1 to 9")
    return weights


def _weights(key: str, content: Any) -> Weights:
    """Weights by value that sum to 1, from a mapping, a list, or a single value."""
    if isinstance(content, list | tuple):
        content = dict.fromkeys(map(str, content), 1.0)
    elif not isinstance(content, Mapping):
        content = {str(content): 1.0}
    numbers: Weights = {}
    for value, weight in content.items():
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 <= weight < math.inf:
            raise InputError(f"distribution: {key}: {value}", weight, "a weight of 0 or more")
        numbers[str(value)] = float(weight)
    total = sum(numbers.values())
    if not 0 < total < math.inf:
        raise InputError(f"distribution: {key}", content, "values with weights, one of them more than 0")
    return {value: weight / total for value, weight in numbers.items() if weight > 0}


def _read_balance(balance: object) -> set[str]:
    if isinstance(balance, bool):
        return set(KEYS) if balance else set()
    names = [balance] if isinstance(balance, str) else balance
    if not isinstance(names, list | tuple) or not set(map(str, names)) <= set(KEYS):
        raise InputError("balance", balance, f"true, or a list of {', '.join(KEYS)}")
    return set(map(str, names))


def _deal(weights: Weights, num: int, exact: bool, rng: np.random.Generator) -> list[str | None]:
    """`num` values by weight, in random order; None stands for "unsaid"."""
    if not weights or num == 0:
        return [None] * num
    values, shares = list(weights), np.array(list(weights.values()))
    if exact:
        counts = np.floor(shares * num).astype(int)
        rest = np.argsort(-(shares * num - counts), kind="stable")[: num - int(counts.sum())]
        counts[rest] += 1  # largest remainders
        dealt = rng.permutation(np.repeat(np.arange(len(values)), counts))
    else:
        dealt = rng.choice(len(values), num, p=shares / shares.sum())
    return [None if values[index] == OPEN else values[index] for index in dealt]


def _deal_findings(weights: Mapping[str, Weights], num: int, exact: set[str], rng: np.random.Generator) -> list[Draft]:
    """The first finding of each case is dealt by weight; further ones are drawn among the others."""
    first = _deal(weights["findings"], num, "findings" in exact, rng)
    counts = _deal(weights.get("findings_per_case", {}), num, "findings_per_case" in exact, rng)
    drafts = []
    for name, count in zip(first, counts, strict=True):
        names = [str(name)]
        others = {n: w for n, w in weights["findings"].items() if n not in (NORMAL_NAME, name)}
        more = min(int(count or 1) - 1, len(others)) if name != NORMAL_NAME else 0
        if more:
            shares = np.array(list(others.values()))
            names += [str(n) for n in rng.choice(list(others), more, replace=False, p=shares / shares.sum())]
        drafts.append(Draft({n: {} for n in names if n != NORMAL_NAME}))
    return drafts


def _deal_places(
    drafts: Sequence[Draft], attribute: str, weights: Weights, exact: bool, rng: np.random.Generator
) -> None:
    """Give every finding that can have the attribute a value, exact shares within each finding."""
    takers: dict[str, list[Draft]] = defaultdict(list)
    for draft in drafts:
        for name in draft.findings:
            if attribute == "severity" or vocabulary.finding(name).sided:
                takers[name].append(draft)
    for name, group in sorted(takers.items()):
        for draft, value in zip(group, _deal(weights, len(group), exact, rng), strict=True):
            impossible = (name, attribute, value) == ("nodule", "zone", "diffuse")  # is the finding diffuse_nodule
            draft.findings[name][attribute] = None if impossible else value


def _findings(draft: Draft, view: str | None, sex: str | None, age: int | None) -> ClinicalFindings:
    present = tuple(Finding(name, **attributes) for name, attributes in draft.findings.items())
    return ClinicalFindings(present or NORMAL, view, sex, age)


def _age_range(value: str) -> tuple[int, int]:
    match = AGE_RANGE.fullmatch(value.strip())
    low, high = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
    if not vocabulary.AGES[0] <= low <= high <= vocabulary.AGES[-1]:
        raise InputError("distribution: age", value, "years or ranges of years from 0 to 120, such as '20-40'")
    return low, high


def _age(value: str | None, rng: np.random.Generator) -> int | None:
    if value is None:
        return None
    low, high = _age_range(value)
    return int(rng.integers(low, high + 1))
