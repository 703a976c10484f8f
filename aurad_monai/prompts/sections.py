# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Sections of a report: the text that describes the image, without indication, comparison, technique and the like.

In: text, with or without headings. Out: the parts that count; all of a text without headings.
"""

from __future__ import annotations

import re

from aurad_monai.prompts.words import WORDS

READ: list[str] = WORDS["headings"]["read"]
"""Headings whose text is read; text before the first heading is read too."""
PASSED_OVER: list[str] = WORDS["headings"]["passed_over"]
"""Headings whose text says nothing of what the image shows."""
LINE = re.compile(r"(?:^|\n)[ \t]*([A-Za-z][A-Za-z ()/]{2,40}):")
INLINE = re.compile(rf"(?:^|(?<=[.;\s]))({'|'.join((*READ, *PASSED_OVER))})[ \t]*:", re.IGNORECASE)


def sections(text: str) -> list[str]:
    """The text under the headings that count; all of it where there are no headings."""
    found = {match.start(1): match for match in (*LINE.finditer(text), *INLINE.finditer(text))}
    kept, start, reading = [], 0, True
    for _, heading in sorted(found.items()):
        name = " ".join(heading[1].lower().split())
        known = name in READ or name in PASSED_OVER
        if known and heading.start(1) >= start:
            kept += [text[start : heading.start(1)]] if reading else []
            start, reading = heading.end(), name not in PASSED_OVER
        elif heading[1].isupper() and not reading:  # "LUNGS:" after an indication is of the findings
            start, reading = heading.start(1), True
    return [part for part in (*kept, text[start:] if reading else "") if part.strip()]
