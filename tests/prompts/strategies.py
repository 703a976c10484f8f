# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Hypothesis strategies over every valid statement, shared by the tests of prompts."""

from __future__ import annotations

from hypothesis import strategies as st

from aurad_monai import vocabulary
from aurad_monai.prompts.finding import ClinicalFindings, Finding


def maybe(values: tuple[str, ...]) -> st.SearchStrategy[str | None]:
    """One of the values, or None."""
    return st.sampled_from((None, *values))


@st.composite
def lesions(draw: st.DrawFn, name: str) -> list[Finding]:
    """One finding in one of its valid forms: unsaid, absent, once, one on each side, or two in one lung."""
    form = draw(st.sampled_from(["unsaid", "absent", "one", "two", "zones"]))
    if form == "unsaid":
        return []
    if form == "absent":
        return [Finding(name, present=False)]
    sided = vocabulary.finding(name).sided
    sides = ["left", "right"] if form == "two" and sided else [draw(maybe(vocabulary.LATERALITIES)) if sided else None]
    if form == "zones" and sided:
        side = draw(maybe(vocabulary.LATERALITIES))
        pair = draw(st.permutations([zone for zone in vocabulary.ZONES if zone != "diffuse"]))[:2]
        return [Finding(name, side, zone, draw(maybe(vocabulary.SEVERITIES)), **draw(sizes(name))) for zone in pair]
    zones = tuple(zone for zone in vocabulary.ZONES if (name, zone) != ("nodule", "diffuse"))
    return [
        Finding(
            name, side, draw(maybe(zones)) if sided else None, draw(maybe(vocabulary.SEVERITIES)), **draw(sizes(name))
        )
        for side in sides
    ]


@st.composite
def sizes(draw: st.DrawFn, name: str) -> dict[str, float]:
    """No size, or one in percent or centimeters with up to two digits behind the point."""
    kind = draw(st.sampled_from(["", "", "percent", "centimeters"]))
    most = {"percent": 40, "centimeters": vocabulary.finding(name).max_centimeters}
    return {kind: draw(st.integers(1, int(100 * most[kind]))) / 100} if kind else {}


@st.composite
def clinical_findings(draw: st.DrawFn) -> ClinicalFindings:
    """Any valid `ClinicalFindings`."""
    items = [item for name in vocabulary.FINDING_NAMES for item in draw(lesions(name))]
    ages = st.none() | st.integers(vocabulary.AGES[0], vocabulary.AGES[-1])
    return ClinicalFindings(
        tuple(draw(st.permutations(items))),
        draw(maybe(vocabulary.VIEWS)),
        draw(maybe(vocabulary.SEXES)),
        draw(ages),
    )
