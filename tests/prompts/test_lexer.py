# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Words, hyphens, ages and near matches, before any grammar."""

from __future__ import annotations

import pytest

from aurad_monai.errors import InputError
from aurad_monai.prompts.lexer import MAX_CHARACTERS, near, split_words, tokenize
from aurad_monai.prompts.words import PHRASES, REASONS, REFUSED, Kind


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
        tokenize(text)


@pytest.mark.parametrize("text", ["", "  \n", None, 5, "effusion " * 145])
def test_empty_long_or_no_text(text: str) -> None:
    with pytest.raises(InputError):
        tokenize(text)


def test_length_limit_is_exact() -> None:
    assert tokenize("ptx".ljust(MAX_CHARACTERS))
    with pytest.raises(InputError, match="1300"):
        tokenize("ptx".ljust(MAX_CHARACTERS + 1))


@pytest.mark.parametrize(
    ("word", "offer"),
    [
        ("pneumotorax", "pneumothorax"),
        ("efusion", "effusion"),
        ("pleural", "pleural"),
        ("pneumonia", "consolidation"),
        ("opacity", "airspace opacity"),
        ("cardiomegally", "cardiomegaly"),
        ("63", "63-year-old"),
    ],
)
def test_near_matches(word: str, offer: str) -> None:
    assert offer in near(word)
    with pytest.raises(InputError, match=offer):
        tokenize(f"left {word}")


def test_all_unknown_words_are_named_and_printable() -> None:
    with pytest.raises(InputError) as caught:
        tokenize("zebra effusion \x1b[31m \ud800 giraffe")
    assert "zebra" in str(caught.value) and "giraffe" in str(caught.value)
    assert str(caught.value).isprintable()


def test_tables_do_not_overlap() -> None:
    assert not PHRASES.keys() & REFUSED.keys()
    assert set(REFUSED.values()) == set(REASONS)
    assert all(tuple(split_words(" ".join(phrase))) == phrase for phrase in (*PHRASES, *REFUSED))
