# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Groups of tokens: normal parts, denied abnormalities, ranges, comparisons, and findings of other places."""

from __future__ import annotations

import pytest

from aurad_monai.prompts.compound import compound
from aurad_monai.prompts.lexer import tokenize
from aurad_monai.prompts.words import Kind


def read(text: str) -> list[tuple[Kind, str]]:
    tokens = tokenize(text)
    solid = [token for token in tokens if token.kind not in (Kind.FILLER, Kind.NEUTRAL)]
    return [(token.kind, token.value) for token in compound(solid, {token.text for token in tokens})]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("heart and lungs are normal", [(Kind.ABSENT, "cardiomegaly clear_lungs")]),
        ("normal heart size, lungs clear", [(Kind.ABSENT, "cardiomegaly clear_lungs")]),
        ("lungs are otherwise clear", [(Kind.OTHERS, "clear_lungs")]),
        ("the left lung is clear", [(Kind.ONE_SIDE, "left clear_lungs")]),
        ("unremarkable", [(Kind.ABSENT, "normal")]),
        ("no acute bony abnormality", [(Kind.NEGATE, ""), (Kind.ABSENT, "acute fracture")]),
        ("bones without abnormality", [(Kind.NEGATE, ""), (Kind.ABSENT, "fracture")]),
        ("no acute cardiopulmonary disease", [(Kind.NEGATE, ""), (Kind.ABSENT, "not_acute")]),
        ("small to moderate", [(Kind.SEVERITY, "moderate")]),
        ("left greater than right", [(Kind.COMPARE, "left")]),
        ("left less than right", [(Kind.COMPARE, "right")]),
        ("larger on the right", [(Kind.COMPARE, "right")]),
        ("nodule in the breast", [(Kind.UNDRAWABLE, "outside the lungs"), (Kind.STRUCTURE, "")]),
    ],
)
def test_groups(text: str, found: list[tuple[Kind, str]]) -> None:
    assert read(text) == found
