# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Refusals: one short line, with what is near in meaning, and the language of a text that is not English."""

from __future__ import annotations

import pytest

from aurad_monai.errors import InputError
from aurad_monai.prompts.parse import parse
from aurad_monai.prompts.refusals import LONGEST_LINE, near, refusal


@pytest.mark.parametrize(
    ("word", "offer"),
    [
        ("pneumotorax", "pneumothorax"),
        ("efusion", "effusion"),
        ("cardiomegally", "cardiomegaly"),
        ("tumor", "mass"),
        ("63", "63-year-old"),
    ],
)
def test_near_matches(word: str, offer: str) -> None:
    assert offer in near(word)
    with pytest.raises(InputError, match=offer):
        parse(f"left {word}")


def test_spelling_offers_no_nonsense() -> None:
    assert "break" not in near("breast") and near("zebra") == ""


def test_all_unknown_words_are_named_and_printable() -> None:
    with pytest.raises(InputError) as caught:
        parse("zebra effusion \x1b[31m \ud800 giraffe")
    assert "zebra" in str(caught.value) and "giraffe" in str(caught.value)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Kleiner Pleuraerguss links", "German"),
        ("Keine Infiltrate, kein Erguss.", "German"),
        ("Petit \u00e9panchement pleural gauche", "French"),
        ("Pas de pneumothorax", "French"),
    ],
)
def test_other_languages_are_recognized(text: str, language: str) -> None:
    with pytest.raises(InputError, match=f"this is {language}"):
        parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "right diffuse consolidation, right basal consolidation",
        "trace basal pleural effusion, trace left basal pleural effusion",
        "diffuse calcification, bilateral perihilar calcification",
    ],
)
def test_refusals_of_what_contradicts_itself_are_one_line(text: str) -> None:
    with pytest.raises(InputError) as raised:
        parse(text)
    assert len(f"error: {raised.value}") <= 120


def test_long_refusals_are_cut_to_one_line_and_keep_their_value() -> None:
    error = refusal("word " * 100, "something else", "do this " * 20)
    assert len(str(error)) <= LONGEST_LINE and error.value == "word " * 100
    kept = refusal("long words " * 20, "something else", "do this")
    assert len(str(kept)) <= LONGEST_LINE and str(kept).endswith("do this")
