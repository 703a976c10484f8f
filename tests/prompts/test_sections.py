# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Sections of a report: headings on lines of their own and within a line, and those whose text does not count."""

from __future__ import annotations

import pytest

from aurad_monai.prompts.sections import sections


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Effusion.", ["Effusion."]),
        ("INDICATION: pain\nFINDINGS: Effusion.\nCOMPARISON: none", [" Effusion.\n"]),
        ("History: cough. Impression: effusion", [" effusion"]),
        ("INDICATION: pain\nLUNGS: clear", ["LUNGS: clear"]),
        ("Lungs: clear. Heart: normal.", ["Lungs: clear. Heart: normal."]),
    ],
)
def test_only_what_describes_the_image_is_kept(text: str, kept: list[str]) -> None:
    assert sections(text) == kept
