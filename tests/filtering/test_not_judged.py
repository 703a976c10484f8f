# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""What was not judged is named with its reason and counted, and a strict filter rejects it."""

from __future__ import annotations

from dataclasses import replace

from aurad_monai.filtering.criteria.criterion import CriterionResult, not_evaluated
from aurad_monai.filtering.not_judged import Counts, in_short, not_judged, strict_results, unchecked
from aurad_monai.prompts.finding import ClinicalFindings, Finding, declare_absent
from tests.conftest import plain_case

UNSEEN = not_evaluated("seen.mass", "nobody knows mass", finding="mass")
SEEN = CriterionResult("seen.effusion", 0.9, 0.5, True, "effusion is found", finding="effusion")


def test_a_finding_is_judged_if_any_check_of_its_image_was_made() -> None:
    assert not_judged([UNSEEN, SEEN]) == {"mass": "nobody knows mass"}
    assert not_judged([UNSEEN, replace(SEEN, criterion="vote.mass", finding="mass")]) == {}
    assert not_judged([CriterionResult("location.mass", 0.0, 1.0, False, "elsewhere")]) == {}


def test_findings_no_check_is_about_are_not_judged_either() -> None:
    said = ClinicalFindings((Finding("mass"), Finding("nodule"), *declare_absent(("fracture",))))
    case = plain_case("a", requested=said, resolved=said, pathology=None)
    assert [item.finding for item in unchecked(case, [UNSEEN])] == ["nodule", "fracture"]
    assert set(not_judged(unchecked(case, [])).values()) == {"no check of this filter looks for it"}


def test_a_strict_filter_rejects_with_the_reason() -> None:
    (result,) = strict_results([UNSEEN, SEEN])
    assert not result.passed and result.criterion == "strict.mass"
    assert result.reason == "mass cannot be judged: nobody knows mass"


def test_counts_over_cases() -> None:
    cases = [plain_case("a", not_judged={"mass": "x"}), plain_case("b", not_judged={"mass": "y"}, accepted=False)]
    cases += [plain_case("c", not_judged={"mass": "y", "effusion": "z", "fracture": "z"}), plain_case("d")]
    counts = Counts.of(cases)
    assert counts.as_json() == {
        "effusion": {"cases": 1, "accepted": 1, "why": "z"},
        "fracture": {"cases": 1, "accepted": 1, "why": "z"},
        "mass": {"cases": 3, "accepted": 2, "why": "y"},
    }
    assert counts.lines() == [
        "not judged  pleural effusion, rib fracture, in 1 case, 1 accepted: z",
        "not judged  mass, in 3 cases, 2 accepted: y",
    ]
    assert counts.note() == "not judged: pleural effusion, rib fracture, mass" and in_short([]) == Counts().note() == ""
