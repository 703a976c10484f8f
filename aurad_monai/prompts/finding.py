# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Structured findings: `Finding` (name, side, zone, severity, size); `ClinicalFindings` (findings, view, sex, age)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import combinations

from aurad_monai import vocabulary
from aurad_monai.errors import InputError

MAX_FINDINGS = 15
"""As many findings of one case, each side counted, as the networks have tokens for."""
_ABSENT_ALLOWED = "an absent finding without side, zone or severity, such as 'no pleural effusion'"


@dataclass(frozen=True)
class Finding:
    """One finding asked for, or explicitly declared absent.

    Args:
        name: one of `vocabulary.FINDING_NAMES`.
        laterality: the patient's left, right, or bilateral; None leaves the side open.
        zone: one of `vocabulary.ZONES`; None leaves it open.
        severity: one of `vocabulary.SEVERITIES`; None leaves it open.
        present: False declares the finding absent; an absent finding carries no attributes.
        percent: area in percent of both lungs together; None leaves it open, or to the severity.
        centimeters: diameter of a round finding of the same area; becomes `percent` once a chest's spacing is known.

    Raises:
        InputError: for a value outside the vocabulary, an absent finding with attributes, a side or zone on a finding
            that has none (cardiomegaly), or a nodule in the zone "diffuse" (which is the finding diffuse_nodule).
    """

    name: str
    laterality: str | None = None
    zone: str | None = None
    severity: str | None = None
    present: bool = True
    percent: float | None = None
    centimeters: float | None = None

    def __post_init__(self) -> None:
        term = vocabulary.finding(self.name)
        _check("laterality", self.laterality, vocabulary.LATERALITIES)
        _check("zone", self.zone, vocabulary.ZONES)
        _check("severity", self.severity, vocabulary.SEVERITIES)
        if not isinstance(self.present, bool):
            raise InputError("present", self.present, "True or False")
        _check_size("percent", self.percent, 100)
        _check_size("centimeters", self.centimeters, term.max_centimeters, term.label)
        if self.percent is not None and self.centimeters is not None:
            raise InputError("findings", f"{term.label} with two sizes", "percent of the lungs or centimeters")
        size = "sized" if self.percent is not None or self.centimeters is not None else None
        given = [value for value in (size, self.severity, self.laterality, self.zone) if value]
        if given and not self.present:
            raise InputError("findings", f"no {' '.join(given)} {term.label}", _ABSENT_ALLOWED)
        if not term.sided and (self.laterality or self.zone):
            placed = " ".join(value for value in (self.laterality, self.zone) if value)
            raise InputError("findings", f"{placed} {term.label}", f"{term.label} without side or zone")
        if self.name == "nodule" and self.zone == "diffuse":
            raise InputError("findings", "nodule in zone diffuse", "the finding diffuse_nodule")


@dataclass(frozen=True)
class ClinicalFindings:
    """Everything a prompt asks for, in one canonical form: equal meaning gives equal objects.

    Findings are sorted: present before absent, then by channel, then left, right, bilateral. Exact repetitions count
    once, and left plus right with the same zone and severity become bilateral.

    Args:
        findings: any sequence of `Finding`; stored as a tuple. A name not listed is left open.
        view: PA or AP.
        sex: female or male.
        age: years, 0 to 120.

    Raises:
        InputError: for values outside the vocabulary, a finding both present and absent, or a finding asked twice in
            one zone of a side (an open or bilateral finding takes both sides, an open zone all of them).
    """

    findings: tuple[Finding, ...] = ()
    view: str | None = None
    sex: str | None = None
    age: int | None = None

    def __post_init__(self) -> None:
        _check("view", self.view, vocabulary.VIEWS)
        _check("sex", self.sex, vocabulary.SEXES)
        if self.age is not None and (type(self.age) is not int or self.age not in vocabulary.RECORDED_AGES):
            raise InputError(
                "age", self.age, f"whole years from {vocabulary.RECORDED_AGES[0]} to {vocabulary.RECORDED_AGES[-1]}"
            )
        for item in self.findings:
            if not isinstance(item, Finding):
                raise InputError("findings", item, "a sequence of Finding")
        unique = _merge_sides(list(dict.fromkeys(self.findings)))
        _refuse_contradictions(unique)
        object.__setattr__(self, "findings", tuple(sorted(unique, key=_order)))

    @property
    def present(self) -> tuple[Finding, ...]:
        """The findings asked for, in canonical order."""
        return tuple(item for item in self.findings if item.present)

    @property
    def is_open(self) -> bool:
        """Whether nothing is said of any finding, so that all may be drawn as they occur together."""
        return not self.findings

    @property
    def absent(self) -> tuple[Finding, ...]:
        """The findings declared absent, in canonical order."""
        return tuple(item for item in self.findings if not item.present)


def declare_absent(names: Iterable[str]) -> tuple[Finding, ...]:
    """The named findings, each declared absent."""
    return tuple(Finding(name, present=False) for name in names)


def _check(argument: str, value: str | None, allowed: tuple[str, ...]) -> None:
    if value is not None and value not in allowed:
        raise InputError(argument, value, ", ".join(allowed))


def _check_size(argument: str, value: float | None, most: float, of: str = "") -> None:
    if value is not None and not 0 < value <= most:
        raise InputError(
            argument, f"{value:g} cm {of}" if of else value, f"above 0, at most {most:g}", "check the size"
        )


def _order(item: Finding) -> tuple[bool, int, int, int]:
    side = vocabulary.LATERALITIES.index(item.laterality) if item.laterality else -1
    zone = vocabulary.ZONES.index(item.zone) if item.zone else -1
    return not item.present, vocabulary.channel(item.name), side, zone


def _merge_sides(findings: list[Finding]) -> list[Finding]:
    """Left and right of the same kind become bilateral, so that a statement has one form only."""
    merged: list[Finding] = []
    for item in findings:
        if item.laterality in ("left", "right"):
            other = replace(item, laterality="right" if item.laterality == "left" else "left")
            if other in findings:
                item = replace(item, laterality="bilateral")
        merged.append(item)
    return list(dict.fromkeys(merged))


def _refuse_contradictions(findings: list[Finding]) -> None:
    for first, second in combinations(findings, 2):
        if first.name != second.name:
            continue
        label = vocabulary.finding(first.name).label
        if first.present != second.present:
            raise InputError("findings", f"{label} both present and absent", "one of the two")
        apart = first.zone and second.zone and first.zone != second.zone and "diffuse" not in (first.zone, second.zone)
        if {first.laterality, second.laterality} != {"left", "right"} and not apart:
            raise InputError("findings", f"{_short(first)}, {_short(second)}", f"{label} once in each zone of a side")


def _short(item: Finding) -> str:
    words = (item.severity, item.laterality, item.zone, vocabulary.finding(item.name).label)
    return " ".join(word for word in words if word)


NORMAL = declare_absent(vocabulary.FINDING_NAMES)
"""All the findings absent: what "normal chest radiograph" and "no findings" mean."""

CLEAR_LUNGS = declare_absent(term.name for term in vocabulary.FINDINGS if term.compartment == "lung")
"""The findings of the lung itself absent: what "lungs are clear" means. Pleura, heart and bones are left open."""

NOT_ACUTE = declare_absent(term.name for term in vocabulary.FINDINGS if term.acute)
"""What "no acute findings" means; old disease such as fibrosis is left open."""
