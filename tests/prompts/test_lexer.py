# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Words, hyphens, ages and near matches, before any grammar."""

from __future__ import annotations

import pytest

from aurad_monai.errors import InputError
from aurad_monai.prompts.lexer import split_words, tokenize
from aurad_monai.prompts.parse import MAX_CHARACTERS, parse
from aurad_monai.prompts.words import PHRASES, Kind


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Left-SIDED\u2011PTX", ["left", "sided", "ptx"]),
        ("63yo", ["63", "yo"]),
        ("left- and\u00a0right", ["left", "and", "right"]),
        ("PA \u2014 mass - nodule", ["pa", ";", "mass", ";", "nodule"]),
        ("-5", ["-", "5"]),
        ("w/o,,", ["w", "/", "o", ","]),
        ("pneumo\u00adthorax", ["pneumothorax"]),
        ("\uff50\uff54\uff58", ["ptx"]),
    ],
)
def test_split_words(text: str, words: list[str]) -> None:
    assert split_words(text) == words


@pytest.mark.parametrize(
    "text", ["63-year-old", "63 yo", "63 y/o", "aged 63", "age 63 years", "63F", "63 woman", "63 years of age"]
)
def test_ages(text: str) -> None:
    assert [token.value for token in tokenize(text) if token.kind is Kind.AGE] == ["63"]


@pytest.mark.parametrize("text", ["63", "6.5 yo", "1234 yo", "60-70 year old", "\u00be yo", "\u0666\u0663 yo", "aged"])
def test_numbers_that_are_no_age(text: str) -> None:
    with pytest.raises(InputError):
        parse(text)


@pytest.mark.parametrize("text", ["", "  \n", None, 5, "effusion " * 145])
def test_empty_long_or_no_text(text: str) -> None:
    with pytest.raises(InputError):
        parse(text)


def test_length_limit_is_exact() -> None:
    assert parse("ptx".ljust(MAX_CHARACTERS))
    with pytest.raises(InputError, match="1300"):
        parse("ptx".ljust(MAX_CHARACTERS + 1))


def test_attributes_may_stand_inside_a_name() -> None:
    found = tokenize("heart is again mildly enlarged")
    assert [(token.kind, token.value) for token in found if token.kind is not Kind.NEUTRAL] == [
        (Kind.SEVERITY, "small"),
        (Kind.FINDING, "cardiomegaly"),
    ]
    assert tokenize("nodule in the left upper lobe")[0].text == "nodule"


@pytest.mark.parametrize("text", ["1. effusion", "2) effusion"])
def test_the_numbers_of_a_list_are_no_words(text: str) -> None:
    assert [token.kind for token in tokenize(text)] == [Kind.BREAK, Kind.FINDING]


def test_unknown_words_are_strangers() -> None:
    assert [token.kind for token in tokenize("zebra effusion")] == [Kind.STRANGER, Kind.FINDING]


def test_every_phrase_is_as_the_lexer_splits_it() -> None:
    assert [phrase for phrase in PHRASES if tuple(split_words(" ".join(phrase))) != phrase] == []
