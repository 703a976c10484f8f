# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""`describe` writes what `parse` reads back, for everything that can be said."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings

from aurad_monai import vocabulary
from aurad_monai.prompts.describe import describe
from aurad_monai.prompts.finding import NORMAL, ClinicalFindings, Finding
from aurad_monai.prompts.parse import MAX_CHARACTERS, parse
from tests.prompts.strategies import clinical_findings


@given(clinical_findings())
@settings(max_examples=100, deadline=None)
def test_parse_inverts_describe(findings: ClinicalFindings) -> None:
    assert parse(describe(findings)) == findings


@pytest.mark.parametrize("name", vocabulary.FINDING_NAMES)
def test_every_single_finding_returns(name: str) -> None:
    sided = vocabulary.finding(name).sided
    sides = (None, *vocabulary.LATERALITIES) if sided else (None,)
    zones = (None, *vocabulary.ZONES) if sided else (None,)
    for side, zone, severity in product(sides, zones, (None, *vocabulary.SEVERITIES)):
        if (name, zone) != ("nodule", "diffuse"):
            findings = ClinicalFindings((Finding(name, side, zone, severity),))
            assert parse(describe(findings)) == findings


def _longest(name: str) -> tuple[Finding, ...]:
    """The statement about one finding that takes the most characters."""
    zones = (None, "costophrenic") if vocabulary.finding(name).sided else (None,)
    one = [Finding(name, None, None, "moderate", percent=12.34)]
    attributes = list(product(zones, (None, "small", "moderate")))
    pairs = product(attributes, attributes) if len(zones) > 1 else ()
    two = [
        (Finding(name, "left", *first, percent=12.34), Finding(name, "right", *second, percent=11.11))
        for first, second in pairs
    ]
    return max((tuple(one), *two), key=lambda items: len(describe(ClinicalFindings(items))))


def test_the_longest_description_can_be_read() -> None:
    items = tuple(item for name in vocabulary.FINDING_NAMES for item in _longest(name))
    findings = ClinicalFindings(items, "PA", "female", 118)
    assert len(items) == 25
    assert 0.8 * MAX_CHARACTERS < len(describe(findings)) <= MAX_CHARACTERS
    assert parse(describe(findings)) == findings


@pytest.mark.parametrize(
    ("findings", "text"),
    [
        (ClinicalFindings(), "chest radiograph"),
        (
            ClinicalFindings(
                (
                    Finding("atelectasis", "left"),
                    Finding("atelectasis", "right", severity="large"),
                    Finding("pneumothorax"),
                )
            ),
            "left and severe right atelectasis and pneumothorax",
        ),
        (ClinicalFindings(NORMAL), "normal chest radiograph"),
        (ClinicalFindings(NORMAL, view="PA"), "PA chest radiograph: normal"),
        (ClinicalFindings(age=80), "chest radiograph of an 80-year-old patient"),
        (
            ClinicalFindings(
                (Finding("cardiomegaly", severity="large"), Finding("mass", present=False)), "AP", "male", 81
            ),
            "AP chest radiograph of an 81-year-old man: severe cardiomegaly; no mass",
        ),
    ],
)
def test_wording(findings: ClinicalFindings, text: str) -> None:
    assert describe(findings) == text
    assert parse(text) == findings
