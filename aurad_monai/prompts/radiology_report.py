# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A radiologist's report becomes findings: what it says is there, what it says is not, and what it leaves open.

The grammar is that of prompts (`reading.py`). A prompt must be understood to its last word; a report cannot be: words
that are not understood are passed over, and what it only considers, or names by a wider word, never becomes a label.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from aurad_monai import vocabulary
from aurad_monai.prompts.finding import ClinicalFindings, Finding, declare_absent
from aurad_monai.prompts.meaning import absent_set
from aurad_monai.prompts.mentions import EITHER, Mention
from aurad_monai.prompts.reading import read
from aurad_monai.prompts.statements import ABSENT, PRESENT, UNSURE
from aurad_monai.prompts.words import Kind, Token


@dataclass(frozen=True)
class ReportFindings:
    """What a report says.

    Args:
        present: findings it states, one for each side.
        absent: names of those it denies.
        either: names of those it states as one of several, as in "atelectasis or scarring".
        uncertain: names of those it only considers.
    """

    present: tuple[Finding, ...] = ()
    absent: tuple[str, ...] = ()
    either: tuple[str, ...] = ()
    uncertain: tuple[str, ...] = ()

    def clinical(self) -> ClinicalFindings:
        """The same without what it leaves open."""
        return ClinicalFindings((*self.present, *declare_absent(self.absent)))

    def decided(self, uncertain: str) -> ReportFindings:
        """The same with what it only considers declared present or absent; "ignore" changes nothing."""
        if uncertain == "present":
            return replace(self, present=(*self.present, *map(Finding, self.uncertain)), uncertain=())
        return replace(self, absent=(*self.absent, *self.uncertain), uncertain=()) if uncertain == "absent" else self


def read_report(text: str) -> ReportFindings:
    """Read a report of a chest radiograph in English.

    Args:
        text: free text, with or without headings; of a text with headings only findings, impression and the like count.

    Returns:
        What it states; nothing is raised for words that are not understood.
    """
    reading = read(text, lenient=True)
    found = [mention for sentence in reading.mentions for mention in sentence if mention.name[:1] not in ("?", "=")]
    said: dict[str, set[str]] = {}
    for mention in found:
        said.setdefault(mention.name, set()).add(_status(mention))
    for name in _declared(reading.alone, reading.mentions):
        said.setdefault(name, set()).add(ABSENT)
    order = (PRESENT, EITHER, UNSURE, ABSENT)
    status = {
        name: next(kind for kind in order if kind in said[name])
        for name in vocabulary.FINDING_NAMES
        if said.get(name, set()) & set(order)
    }
    shown = [mention for mention in found if _status(mention) == PRESENT]
    return ReportFindings(
        present=tuple(item for name in status for item in _merge([m for m in shown if m.name == name])),
        absent=tuple(name for name, kind in status.items() if kind == ABSENT),
        either=tuple(name for name, kind in status.items() if kind == EITHER),
        uncertain=tuple(name for name, kind in status.items() if kind == UNSURE),
    )


def _status(mention: Mention) -> str:
    """What a mention says of its finding; nothing where only one side is denied, unsure where the word is wider."""
    if mention.status == ABSENT and Kind.LATERALITY in mention.attributes:
        return ""
    return UNSURE if mention.status in (PRESENT, EITHER) and Kind.LOOSE in mention.attributes else mention.status


def _declared(alone: Sequence[Token], sentences: Sequence[Sequence[Mention]]) -> Iterator[str]:
    """Findings that parts called normal, and denied abnormalities, declare absent."""
    values = [token.value for token in alone if token.kind in (Kind.ABSENT, Kind.OTHERS)]
    values += [m.name.split(" ", 1)[1] for sentence in sentences for m in sentence if m.name[:1] == "="]
    for value in values:
        acute: list[Finding] = []
        found = absent_set(value, acute)
        yield from (item.name for item in (*found, *acute))


def _merge(mentions: Sequence[Mention]) -> list[Finding]:
    """One finding a side from all that is said of it; what is said in different ways is left open."""
    if not mentions:
        return []
    term = vocabulary.finding(mentions[0].name)
    said = [mention.attributes for mention in mentions]
    sides = {row[Kind.LATERALITY] for row in said if Kind.LATERALITY in row} if term.sided else set()
    wanted = ["bilateral"] if "bilateral" in sides or not sides else sorted(sides)
    merged = []
    for side in wanted:
        about = [row for row in said if row.get(Kind.LATERALITY) in (None, side) or side == "bilateral"]
        zones = {row[Kind.ZONE] for row in about if Kind.ZONE in row} if term.sided else set()
        given = {row.get(Kind.SEVERITY, row.get(Kind.IMPLIED)) for row in about} - {None}
        zone = zones.pop() if len(zones) == 1 else None
        name = "diffuse_nodule" if term.name == "nodule" and zone == "diffuse" else term.name
        merged.append(
            Finding(
                name,
                side if sides else None,
                None if name == "diffuse_nodule" and zone == "diffuse" else zone,
                given.pop() if len(given) == 1 else None,
            )
        )
    if len(merged) == 2 and replace(merged[0], laterality="right") == merged[1]:
        return [replace(merged[0], laterality="bilateral")]
    return merged
