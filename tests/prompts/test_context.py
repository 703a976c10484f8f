# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Context tokens: disjoint columns, present first, zeros for what is not given."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from hypothesis import assume, given

from aurad_monai import vocabulary
from aurad_monai.errors import InputError
from aurad_monai.prompts.context import COLUMNS, FEATURES, TOKENS, encode_context
from aurad_monai.prompts.finding import NORMAL, ClinicalFindings, Finding
from tests.prompts.strategies import clinical_findings


def test_shape_is_the_contract() -> None:
    assert (TOKENS, FEATURES) == (16, 36)
    context = encode_context(None)
    assert context.shape == (16, 36) and context.dtype == torch.float32 and not context.any()


def test_nothing_asked_is_not_the_same_as_not_given() -> None:
    context = encode_context(ClinicalFindings())
    assert context.nonzero().tolist() == [[15, COLUMNS["given"]]]


def test_columns_of_one_prompt() -> None:
    effusion = Finding("effusion", "right", "costophrenic", "small")
    context = encode_context(ClinicalFindings((Finding("mass", present=False), effusion), "AP", "female", 63))
    present = [5, COLUMNS["laterality"] + 1, COLUMNS["zone"] + 6, COLUMNS["severity"] + 1]
    assert context[0].nonzero().flatten().tolist() == present
    assert context[1].nonzero().flatten().tolist() == [9, COLUMNS["absent"]]
    patient = [COLUMNS["given"], COLUMNS["view"] + 1, COLUMNS["sex"], COLUMNS["age"], COLUMNS["age_known"]]
    assert context[15].nonzero().flatten().tolist() == patient
    assert context[15, COLUMNS["age"]] == pytest.approx(0.63)


def test_age_zero_is_known() -> None:
    assert encode_context(ClinicalFindings(age=0))[15, COLUMNS["age_known"]] == 1


def _sides(count: int) -> tuple[Finding, ...]:
    sided = [term.name for term in vocabulary.FINDINGS if term.sided]
    items = [
        Finding(name, side, None, severity)
        for name in sided
        for side, severity in (("left", "small"), ("right", "large"))
    ]
    return tuple(items[:count])


def test_too_many_findings_are_refused() -> None:
    assert encode_context(ClinicalFindings(_sides(15)))[14].any()
    with pytest.raises(InputError, match="at most 15"):
        encode_context(ClinicalFindings(_sides(16)))


def test_absent_findings_give_way() -> None:
    present = _sides(14)
    absent = tuple(item for item in NORMAL if item.name not in {one.name for one in present})
    context = encode_context(ClinicalFindings(present + absent))
    assert context[:15, COLUMNS["absent"]].tolist() == [0.0] * 14 + [1.0]


def _without_sizes(findings: ClinicalFindings) -> ClinicalFindings:
    plain = tuple(replace(item, percent=None, centimeters=None) for item in findings.findings)
    return replace(findings, findings=plain)


@given(clinical_findings(), clinical_findings())
def test_different_findings_differ(first: ClinicalFindings, second: ClinicalFindings) -> None:
    """But for sizes, which are drawn into the region and stand in no token."""
    assume(_without_sizes(first) != _without_sizes(second))
    assume(max(len(first.findings), len(second.findings)) < TOKENS)
    assert not torch.equal(encode_context(first), encode_context(second))
