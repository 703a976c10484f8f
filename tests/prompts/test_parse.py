# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Prompts as clinicians write them, and every kind that must be refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aurad_monai import vocabulary
from aurad_monai.errors import InputError
from aurad_monai.prompts.describe import describe
from aurad_monai.prompts.finding import CLEAR_LUNGS, NORMAL, NOT_ACUTE, ClinicalFindings, Finding, declare_absent
from aurad_monai.prompts.parse import parse
from aurad_monai.prompts.words import PHRASES, REFUSED

DOCS = (Path(__file__).parents[2] / "docs" / "reference" / "prompts.md").read_text(encoding="utf-8")
EFFUSIONS = (Finding("effusion", "left", None, "small"), Finding("effusion", "right", None, "large"))


@pytest.mark.parametrize(
    ("text", "findings"),
    [
        ("small left and large right pleural effusion", EFFUSIONS),
        ("small left pleural effusion, large right effusion", EFFUSIONS),
        ("effusion small on the left and large on the right", EFFUSIONS),
        ("bilateral effusions", (Finding("effusion", "bilateral"),)),
        ("L/R effusions", (Finding("effusion", "bilateral"),)),
        ("left and right effusion", (Finding("effusion", "bilateral"),)),
        ("small left and right effusion", (Finding("effusion", "bilateral", None, "small"),)),
        ("large, left-sided effusion", (Finding("effusion", "left", None, "large"),)),
        ("effusion, left, large", (Finding("effusion", "left", None, "large"),)),
        ("left and right lower lobe collapse", (Finding("atelectasis", "bilateral", "lower"),)),
        ("left apical and right PTX", (Finding("pneumothorax", "left", "apical"), Finding("pneumothorax", "right"))),
        ("RUL nodule + LLL mass", (Finding("nodule", "right", "upper"), Finding("mass", "left", "lower"))),
        ("bibasilar airspace opacities", (Finding("consolidation", "bilateral", "basal"),)),
        ("collapsed left lung", (Finding("atelectasis", "left"),)),
        ("diffuse bilateral nodules", (Finding("diffuse_nodule", "bilateral"),)),
        ("heart is moderately enlarged", (Finding("cardiomegaly", severity="moderate"),)),
        ("effusion on the left and right mass", (Finding("effusion", "left"), Finding("mass", "right"))),
        ("left effusion and mass", (Finding("effusion", "left"), Finding("mass"))),
        ("mass and mass", (Finding("mass"),)),
        ("no effusion or mass", declare_absent(["effusion", "mass"])),
        ("no effusion, mass, or nodule", declare_absent(["effusion", "mass", "nodule"])),
        ("neither effusion nor mass", declare_absent(["effusion", "mass"])),
        ("no effusion and no mass", declare_absent(["effusion", "mass"])),
        ("no effusion; mass", (Finding("mass"), Finding("effusion", present=False))),
        ("mass without effusion", (Finding("mass"), Finding("effusion", present=False))),
        (
            "no effusion, left mass, nodule",
            (Finding("mass", "left"), Finding("nodule"), Finding("effusion", present=False)),
        ),
        ("There is no evidence of pneumothorax.", (Finding("pneumothorax", present=False),)),
        ("heart is not enlarged", (Finding("cardiomegaly", present=False),)),
        ("lungs are clear", CLEAR_LUNGS),
        ("normal chest radiograph", NORMAL),
        ("no acute cardiopulmonary disease", NOT_ACUTE),
        ("no acute findings, emphysema", (Finding("emphysema"), *NOT_ACUTE)),
        ("otherwise normal", NORMAL),
        ("mass, no other findings", (Finding("mass"), *(item for item in NORMAL if item.name != "mass"))),
        ("frontal chest x-ray", ()),
    ],
)
def test_findings(text: str, findings: tuple[Finding, ...]) -> None:
    assert parse(text) == ClinicalFindings(findings)


@pytest.mark.parametrize(
    ("text", "view", "sex", "age"),
    [
        ("63-year-old woman with mass", None, "female", 63),
        ("65 yo male, portable, mass", "AP", "male", 65),
        ("PA frontal view of a gentleman aged 40: mass", "PA", "male", 40),
        ("mass, AP portable", "AP", None, None),
        ("Mass in a 0 year old patient", None, None, 0),
        ("120F mass", None, "female", 120),
    ],
)
def test_patient(text: str, view: str | None, sex: str | None, age: int | None) -> None:
    assert parse(text) == ClinicalFindings((Finding("mass"),), view, sex, age)


@pytest.mark.parametrize("term", vocabulary.FINDINGS, ids=lambda term: term.name)
def test_every_alias_means_its_finding(term: vocabulary.FindingTerm) -> None:
    for alias in (term.label, *term.aliases):
        assert parse(alias).findings == (Finding(term.name),)
        assert parse(f"no {alias.upper()}").findings == (Finding(term.name, present=False),)


def test_case_spacing_and_hyphens_do_not_matter() -> None:
    plain = parse("left sided pleural effusion, 63 year old woman")
    assert parse("\tLEFT\u2011Sided  PLEURAL\u2013effusion ,\n63\u2010Year\u2212Old\u00a0WOMAN") == plain


@pytest.mark.parametrize("phrase", sorted(REFUSED))
def test_every_refused_word_is_refused_and_named(phrase: tuple[str, ...]) -> None:
    with pytest.raises(InputError) as caught:
        parse(f"{' '.join(phrase)} effusion")
    assert phrase[0] in str(caught.value.value)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("no effusion, large effusion", "pleural effusion"),
        ("normal chest, small effusion", "pleural effusion"),
        ("lungs are clear, mass", "mass"),
        ("mass and left mass", "left mass"),
        ("left cardiomegaly", "left cardiomegaly"),
        ("basal enlarged heart", "basal cardiomegaly"),
        ("left right effusion", "left right"),
        ("left effusion on the right", "left right"),
        ("small large effusion", "small large"),
        ("left upper lower mass", "upper lower"),
        ("no left effusion", "no left effusion"),
        ("no small effusion or mass", "no small effusion"),
        ("no effusion on the left", "no effusion left"),
        ("no effusion, mass", "no effusion, mass"),
        ("no effusion and mass", "no effusion and mass"),
        ("no effusion and mass or nodule", "no effusion and mass or nodule"),
        ("effusion or mass", "or mass"),
        ("left or right effusion", "or right effusion"),
        ("atelectasis/consolidation", "or consolidation"),
        ("effusion and or mass", "and or"),
        ("no", "no"),
        ("effusion without", "without"),
        ("no, effusion", "no"),
        ("no no effusion", "no"),
        ("no normal chest", "no"),
        ("left", "left"),
        ("left, effusion", "left"),
        ("effusion and left", "left"),
        ("left PA effusion", "left"),
        ("left effusion right mass", "left effusion right mass"),
        ("portable PA", "view AP and PA"),
        ("man, woman", "sex male and female"),
        ("63 yo, aged 64", "age 63 and 64"),
        ("121 yo", "121"),
        ("the lungs", "the lungs"),
        (",;.", ",;."),
    ],
)
def test_refusals_name_the_words(text: str, named: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(text)
    assert named in str(caught.value.value)
    assert "\n" not in str(caught.value)


@given(st.text(max_size=1200))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_or_refused(text: str) -> None:
    _read_or_refuse(text)


@given(st.lists(st.sampled_from(sorted(" ".join(phrase) for phrase in (*PHRASES, *REFUSED, ("63", "yo"), ("zebra",))))))
@settings(max_examples=300, deadline=None)
def test_any_known_words_are_read_or_refused(words: list[str]) -> None:
    _read_or_refuse(" ".join(words))


def _read_or_refuse(text: str) -> None:
    """Whatever the text: a statement that describes itself, or one printable line."""
    try:
        findings = parse(text)
    except InputError as error:
        assert "\n" not in str(error)
    else:
        assert parse(describe(findings)) == findings


def _rows(heading: str) -> list[list[str]]:
    """Table rows below a heading of docs/reference/prompts.md, the code spans of each."""
    section = DOCS.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return [re.findall(r"`([^`]*)`", line) for line in section.splitlines() if line.startswith("| `")]


@pytest.mark.parametrize("row", _rows("Examples"), ids=lambda row: row[0])
def test_documented_examples(row: list[str]) -> None:
    assert describe(parse(row[0])) == row[1]


@pytest.mark.parametrize("row", _rows("Refusals"), ids=lambda row: row[0])
def test_documented_refusals(row: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        parse(row[0])
    assert str(caught.value.value) == row[1]


def test_every_alias_is_documented() -> None:
    missing = [alias for term in vocabulary.FINDINGS for alias in (term.label, *term.aliases) if alias not in DOCS]
    assert not missing
