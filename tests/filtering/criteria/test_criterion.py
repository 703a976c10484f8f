# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Reasons of rejection: a sentence with the finding, its place and the numbers."""

from __future__ import annotations

import math

from aurad_monai.filtering.criteria.criterion import at_least, at_most, in_words
from aurad_monai.prompts.finding import Finding


def test_a_reason_names_the_place_and_the_numbers() -> None:
    statements = ("the left lung in the image matches its mask", "the left lung in the image does not match its mask")
    failed, passed = (at_least("a", score, 0.8, statements, "Dice") for score in (0.42, 0.9))
    assert failed.reason == "the left lung in the image does not match its mask (Dice 0.42, at least 0.80)"
    assert passed.passed and passed.reason == "the left lung in the image matches its mask (Dice 0.90, at least 0.80)"
    assert not at_least("a", math.nan, 0.8, statements, "Dice").passed
    assert at_most("a", 0.8, 0.8, statements, "share", ".0%").reason.endswith("(share 80%, at most 80%)")
    requests = [Finding("effusion", "left", "lower"), Finding("effusion", "right", "lower")]
    assert in_words("effusion", requests) == "bilateral pleural effusion in the lower zone"
    assert in_words("effusion", requests[:1]) == "left pleural effusion in the lower zone"
    assert in_words("effusion", [Finding("effusion")]) == "pleural effusion"
