# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Reports: what is stated, denied, left open, and where; and nothing that a radiologist writes raises an error."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aurad_monai.prompts.describe import describe
from aurad_monai.prompts.finding import Finding
from aurad_monai.prompts.radiology_report import ReportFindings, read_report
from aurad_monai.prompts.sections import sections
from aurad_monai.prompts.words import PHRASES, certain_names
from aurad_monai.vocabulary import FINDING_NAMES
from tests.prompts.strategies import clinical_findings


def present(text: str) -> tuple[Finding, ...]:
    return read_report(text).present


@pytest.mark.parametrize(
    "text",
    [
        "No pleural effusion.",
        "There is no evidence of a pleural effusion.",
        "Pleural effusion is not seen.",
        "The left pleural effusion has resolved.",
        "Interval resolution of the right pleural effusion.",
        "No pneumothorax, consolidation, or pleural effusion.",
        "Negative for pneumothorax or effusion.",
        "Lungs are clear without effusion.",
        "The lungs are clear of focal airspace disease, pneumothorax, or pleural effusion.",
        "The previously noted effusion is no longer seen.",
    ],
)
def test_denied(text: str) -> None:
    found = read_report(text)
    assert "effusion" in found.absent and not found.present


@pytest.mark.parametrize(
    "text",
    [
        "Possible small pleural effusion.",
        "Cannot exclude a pleural effusion.",
        "A pleural effusion cannot be excluded.",
        "Blunting may represent pleural effusion.",
        "Findings suggesting pleural effusion.",
        "A small effusion is suspected.",
        "Evaluate for effusion.",
        "No other effusion.",
        "Maybe due to effusion.",
        "The apparent effusion is an artifact.",
        "Effusion would be a consideration.",
        "Edema, less likely to be effusion.",
    ],
)
def test_left_open(text: str) -> None:
    found = read_report(text)
    assert "effusion" in found.uncertain and not found.present and "effusion" not in found.absent


@pytest.mark.parametrize(
    "text",
    [
        "Pleural effusion.",
        "No pneumothorax, but there is a pleural effusion.",
        "No pneumothorax, small pleural effusion.",
        "Pleural effusion without pneumothorax.",
        "No change in the pleural effusion.",
        "Stable pleural effusion, unchanged.",
        "There is persistent blunting of the costophrenic angle.",
        "Pleural effusion, no larger than before.",
        "Symmetric pleural effusion.",
    ],
)
def test_stated(text: str) -> None:
    assert [item.name for item in present(text)] == ["effusion"]


def test_one_of_several_is_neither_stated_nor_denied() -> None:
    for text in ("Atelectasis or scarring.", "Atelectasis versus scarring.", "Scarring/atelectasis at the left base."):
        assert read_report(text) == ReportFindings(either=("atelectasis", "fibrosis")), text


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("Small left pleural effusion.", Finding("effusion", "left", severity="small")),
        ("There is atelectasis in the right lower lobe.", Finding("atelectasis", "right", "lower")),
        ("The heart is mildly enlarged.", Finding("cardiomegaly", severity="small")),
        ("Bibasilar atelectasis.", Finding("atelectasis", "bilateral", "basal")),
        ("Patchy right upper lobe consolidation.", Finding("consolidation", "right", "upper")),
        ("Pneumothorax on the left and on the right.", Finding("pneumothorax", "bilateral")),
    ],
)
def test_side_zone_and_severity(text: str, finding: Finding) -> None:
    assert present(text) == (finding,)


def test_two_sides_keep_their_severity() -> None:
    left, right = present("Large right and small left pneumothorax.")
    assert (left.laterality, left.severity) == ("left", "small")
    assert (right.laterality, right.severity) == ("right", "large")


def test_what_is_said_differently_is_left_open() -> None:
    (found,) = present("Small left effusion. Moderate left effusion.")
    assert found == Finding("effusion", "left")


@pytest.mark.parametrize(
    "text",
    [
        "Compression fracture of T12.",
        "Aortic calcification.",
        "Pericardial effusion.",
        "Subcutaneous emphysema.",
        "Calcifications of the thoracic aorta.",
        "Breast mass.",
        "Pleural based nodule.",
        "Fracture of the distal radius.",
        "Masslike density over the lingula.",
    ],
)
def test_findings_of_other_places_are_not_ours(text: str) -> None:
    assert present(text) == ()


def test_a_name_may_hold_other_words() -> None:
    assert [item.name for item in present("Calcified 5 mm right upper lobe granuloma.")] == ["calcification"]
    assert {item.name for item in present("Hydropneumothorax.")} == {"effusion", "pneumothorax"}


def test_only_sections_that_describe_the_image_are_read() -> None:
    text = "INDICATION: pneumothorax, mass\nFINDINGS: Small nodule.\nCOMPARISON: effusion\nIMPRESSION: Nodule."
    assert [item.name for item in present(text)] == ["nodule"]
    assert len(sections("No headings at all. Effusion.")) == 1
    assert present("History: cough.\n\n Impression: effusion")[0].name == "effusion"


def test_normal_reports_deny_everything() -> None:
    assert set(read_report("Normal chest.").absent) == set(FINDING_NAMES)
    assert "cardiomegaly" in read_report("Heart size is normal. Lungs are clear.").absent


def test_a_statement_outweighs_a_denial() -> None:
    found = read_report("No effusion. IMPRESSION: small left effusion")
    assert found.present == (Finding("effusion", "left", severity="small"),) and not found.absent


@given(clinical_findings())
@settings(max_examples=20)
def test_descriptions_are_read_as_reports(findings: object) -> None:
    """What the package itself writes is understood, at least by name."""
    text = describe(findings)  # type: ignore[arg-type]
    found = read_report(text)
    stated = {item.name for item in findings.present}  # type: ignore[attr-defined]
    assert stated - {"nodule", "diffuse_nodule"} <= {item.name for item in found.present} | set(found.either)


WORDS = sorted({*(" ".join(phrase) for phrase in PHRASES), *certain_names()})


@given(st.lists(st.one_of(st.sampled_from(WORDS), st.sampled_from([",", ".", "or", "left", "small", "base", "and"]))))
@settings(max_examples=60)
def test_any_words_give_findings_without_contradiction(words: list[str]) -> None:
    found = read_report(" ".join(words))
    groups = [{item.name for item in found.present}, set(found.absent), set(found.either), set(found.uncertain)]
    assert sum(map(len, groups)) == len(set().union(*groups))
    found.clinical()


@given(st.text(max_size=200))
@settings(max_examples=40)
def test_any_text_is_read(text: str) -> None:
    read_report(text)
