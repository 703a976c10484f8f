# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Sentences as radiologists write them: those that built the grammar are right, those set aside are not misread."""

from __future__ import annotations

import pytest

from recipes.figures.understood import SENTENCES, faults, half_of, outcome, written

ALL = list(written())
SECOND = list(written(SENTENCES.with_name("second_reader.tsv")))


@pytest.mark.parametrize(("text", "wanted"), [*(row for row in ALL if half_of(row[0]) == "tuning"), *SECOND])
def test_sentences_of_the_building_half(text: str, wanted: object) -> None:
    _, found, line = outcome(text)
    assert found is None and line if isinstance(wanted, str) else found == wanted, line


def test_sentences_set_aside_are_understood_and_not_misread() -> None:
    rows = [row for row in ALL if half_of(row[0]) == "test"]
    read = [(wanted, outcome(text)[1]) for text, wanted in rows]
    good = [found is None if isinstance(wanted, str) else found is not None for wanted, found in read]
    assert len(rows) > 100 and sum(good) >= 0.85 * len(rows)
    misread = [
        (found, wanted)
        for wanted, found in read
        if found is not None
        and (isinstance(wanted, str) or {"side", "negation", "finding"} & set(faults(found, wanted)))
    ]
    assert misread == []
