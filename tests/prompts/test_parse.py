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
from aurad_monai.prompts.parse import MAX_CHARACTERS, PromptRules, parse, plain_prompt, understand
from aurad_monai.prompts.words import PHRASES, UNDRAWABLE, WORDS, certain_names

DOCS = (Path(__file__).parents[2] / "docs" / "reference" / "prompts.md").read_text(encoding="utf-8")
EFFUSIONS = (Finding("effusion", "left", None, "small"), Finding("effusion", "right", None, "large"))


@pytest.mark.parametrize(
    ("text", "findings"),
    [
        ("small left and large right pleural effusion", EFFUSIONS),
        ("small left pleural effusion, large right effusion", EFFUSIONS),
        ("effusion small on the left and large on the right", EFFUSIONS),
        ("bilateral effusions", (Finding("effusion", "bilateral"),)),
        ("biapical pleural thickening, symmetric", (Finding("pleural_thickening", "bilateral", "apical"),)),
        ("small right effusion, no larger than before", (Finding("effusion", "right", None, "small"),)),
        ("nodules on previous exam are not definitely seen", (Finding("nodule", present=False),)),
        ("L/R effusions", (Finding("effusion", "bilateral"),)),
        ("left and right effusion", (Finding("effusion", "bilateral"),)),
        ("small left and right effusion", (Finding("effusion", "bilateral", None, "small"),)),
        ("large, left-sided effusion", (Finding("effusion", "left", None, "large"),)),
        ("effusion, left, large", (Finding("effusion", "left", None, "large"),)),
        ("left and right lower lobe collapse", (Finding("atelectasis", "bilateral", "lower", "large"),)),
        ("left apical and right PTX", (Finding("pneumothorax", "left", "apical"), Finding("pneumothorax", "right"))),
        ("RUL nodule + LLL mass", (Finding("nodule", "right", "upper"), Finding("mass", "left", "lower"))),
        ("bibasilar airspace opacities", (Finding("consolidation", "bilateral", "basal"),)),
        ("collapsed left lung", (Finding("atelectasis", "left", None, "large"),)),
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
        ("Right upper lobe nodule measuring 8 mm", (Finding("nodule", "right", "upper", centimeters=0.8),)),
        ("small to moderate left effusion", (Finding("effusion", "left", None, "moderate"),)),
        (
            "bilateral effusions, left greater than right",
            (Finding("effusion", "left", None, "moderate"), Finding("effusion", "right", None, "small")),
        ),
        ("bilateral effusions, small on the left and large on the right", EFFUSIONS),
        (
            "left upper and lower lobe consolidation",
            (Finding("consolidation", "left", "upper"), Finding("consolidation", "left", "lower")),
        ),
        (
            "left upper nodule, left lower nodule",
            (Finding("nodule", "left", "upper"), Finding("nodule", "left", "lower")),
        ),
        ("blunting of the left costophrenic angle", (Finding("effusion", "left", None, "trace"),)),
        ("multiple nodules", (Finding("nodule", "bilateral"),)),
        ("collapse of the right lung with pneumothorax", (Finding("pneumothorax", "right", None, "large"),)),
        ("effusion is absent", (Finding("effusion", present=False),)),
        ("the left effusion has resolved", (Finding("effusion", present=False),)),
        ("right effusion, no left effusion", (Finding("effusion", "right"),)),
        ("3 x 4 cm left mass", (Finding("mass", "left", centimeters=4),)),
        ("small left effusion with associated atelectasis", (EFFUSIONS[0], Finding("atelectasis", "left"))),
        ("There is a small effusion. Left effusion.", (EFFUSIONS[0],)),
        ("no acute disease. Left basal atelectasis.", (Finding("atelectasis", "left", "basal"), *NOT_ACUTE[1:])),
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
        ("Mass in an 18 year old patient", None, None, 18),
        ("120F mass", None, "female", 120),
    ],
)
def test_patient(text: str, view: str | None, sex: str | None, age: int | None) -> None:
    assert parse(text) == ClinicalFindings((Finding("mass"),), view, sex, age)


@pytest.mark.parametrize("term", vocabulary.FINDINGS, ids=lambda term: term.name)
def test_every_alias_means_its_finding(term: vocabulary.FindingTerm) -> None:
    for alias in (term.label, *term.aliases, *term.loose_aliases):
        assert Finding(term.name) in parse(alias).findings
        assert Finding(term.name, present=False) in parse(f"no {alias.upper()}").findings
    for severity, aliases in term.aliases_of_severity.items():
        assert all(parse(alias).findings == (Finding(term.name, severity=severity),) for alias in aliases)


def test_case_spacing_and_hyphens_do_not_matter() -> None:
    plain = parse("left sided pleural effusion, 63 year old woman")
    assert parse("\tLEFT\u2011Sided  PLEURAL\u2013effusion ,\n63\u2010Year\u2212Old\u00a0WOMAN") == plain


DOUBTS = (*WORDS["uncertain"]["before"], *WORDS["uncertain"]["weak"])
REFUSED = (*DOUBTS, *(word for words in WORDS["refused"].values() for word in words), *WORDS["patient"]["child"])


@pytest.mark.parametrize("phrase", sorted(REFUSED))
def test_every_refused_word_is_refused_and_named(phrase: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(f"{phrase} effusion")
    assert phrase in str(caught.value.value)


@pytest.mark.parametrize("phrase", sorted(WORDS["uncertain"]["after"]))
def test_doubt_after_a_finding_is_refused_and_named(phrase: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(f"a left effusion {phrase}")
    assert phrase in str(caught.value.value)


@pytest.mark.parametrize(
    ("uncertain", "findings"),
    [
        ("present", (Finding("mass"), Finding("effusion"))),
        ("absent", (Finding("mass"), Finding("effusion", present=False))),
        ("ignore", (Finding("mass"),)),
    ],
)
@pytest.mark.parametrize("text", ["Mass. Possible effusion.", "Mass. An effusion cannot be excluded."])
def test_the_user_decides_what_is_uncertain(text: str, uncertain: str, findings: tuple[Finding, ...]) -> None:
    assert parse(text, uncertain=uncertain) == ClinicalFindings(findings)
    with pytest.raises(InputError, match="uncertain"):
        parse(text, uncertain="maybe")


def test_words_that_change_nothing_are_said_and_refused_where_asked() -> None:
    understood = understand("unchanged small left effusion, measuring little more")
    assert {"unchanged", "measuring"} <= set(understood.left_out)
    assert understood.lines()[0].startswith("understood: small left pleural effusion; left out: ")
    assert understand("small left effusion").lines() == []
    with pytest.raises(InputError, match="unchanged"):
        parse("unchanged small left effusion", strict=True)


def test_what_is_assumed_is_said() -> None:
    assert understand("mild to moderate effusion").assumed == ("mild to moderate read as moderate",)
    assert "read as consolidation" in understand("patchy opacity").lines()[0]
    long = understand("Stable " + "old healed left rib fractures, unchanged in appearance, " * 4 + "chronic")
    assert all(len(line) <= 120 for line in long.lines())


def test_plain_prompts_read_the_same_without_rules() -> None:
    rules = PromptRules(uncertain="present")
    assert plain_prompt("small left effusion", rules) == "small left effusion"
    assert plain_prompt("possible left effusion", rules) == "left pleural effusion"


def test_children_are_read_only_where_records_are() -> None:
    assert understand("mass in a 7-year-old man", PromptRules(any_age=True)).findings.age == 7


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
        ("7 yo with mass", "age 7"),
        ("child with mass", "child"),
        ("30 cm nodule", "30 cm nodule"),
        ("100% pneumothorax, lungs are clear", "100% pneumothorax"),
        ("left lung is clear, left nodule", "left lung clear"),
        ("clavicle fracture", "clavicle fracture"),
        ("nodule in the breast", "nodule"),
        ("pulmonary edema", "pulmonary edema"),
        ("small left effusion with hilar enlargement", "hilar enlargement"),
        ("scoliosis", "scoliosis"),
        ("Heart size upper limits of normal. Small left effusion.", "upper limits of normal"),
        ("the lungs", "the lungs"),
        (",;.", ",;."),
    ],
)
def test_refusals_name_the_words(text: str, named: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(text)
    assert named in str(caught.value.value)
    assert "\n" not in str(caught.value) and len(str(caught.value)) <= 113


@given(st.text(max_size=1200))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_or_refused(text: str) -> None:
    _read_or_refuse(text)


KNOWN = sorted({*(" ".join(phrase) for phrase in PHRASES), *certain_names(), *UNDRAWABLE, "63 yo", "zebra"})


@given(st.lists(st.sampled_from(KNOWN), max_size=40))
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
        if len(describe(findings)) <= MAX_CHARACTERS:
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
    text = " ".join(DOCS.split())
    missing = [alias for term in vocabulary.FINDINGS for alias in (term.label, *term.aliases) if alias not in text]
    assert not missing
