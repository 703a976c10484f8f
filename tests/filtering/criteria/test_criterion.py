# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Results of criteria: a sentence for users, and beside it the numbers."""

from __future__ import annotations

import math

from aurad_monai.filtering.criteria.criterion import at_least, at_most, in_words
from aurad_monai.prompts.finding import Finding


def test_a_result_holds_a_sentence_and_the_numbers_apart() -> None:
    statements = ("the lungs are where they should be", "a lung is elsewhere")
    failed, passed = (at_least("a", score, 0.8, statements, "Dice") for score in (0.42, 0.9))
    assert (failed.reason, failed.score, failed.threshold, failed.measure) == (statements[1], 0.42, 0.8, "Dice")
    assert passed.passed and passed.reason == statements[0]
    assert not at_least("a", math.nan, 0.8, statements, "Dice").passed
    assert at_most("a", 0.8, 0.8, statements, "share").passed
    assert not at_most("a", math.nan, 0.8, statements, "share").passed


def test_a_finding_is_named_with_its_place() -> None:
    requests = [Finding("effusion", "left", "lower"), Finding("effusion", "right", "lower")]
    assert in_words("effusion", requests) == "bilateral pleural effusion in the lower zone"
    assert in_words("effusion", requests[:1]) == "left pleural effusion in the lower zone"
    assert in_words("effusion", [Finding("effusion")]) == "pleural effusion"
