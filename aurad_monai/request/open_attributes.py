# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""What a prompt leaves open of side, zone and size is drawn by seed, as it occurs among real findings.

Of what is left open the mask network makes a mean of all that it can be: smaller than most, in both lungs a little, and
in the middle of the lung, where an effusion does not gather.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from aurad_monai import vocabulary
from aurad_monai.anatomy.sizes import area_of, quantiles_of, severity_of
from aurad_monai.prompts.finding import ClinicalFindings, Finding

STREAM = 4
"""Tells this draw apart from those of mask, image, chest and patient under the same seed."""

SIDE_COUNTS = {term.name: term.side_counts for term in vocabulary.FINDINGS if term.sided}
"""How often each sided finding is on the left, on the right and on both sides; from where `ZONE_COUNTS` are."""

ZONE_COUNTS = {term.name: term.zone_counts for term in vocabulary.FINDINGS}
"""How often each finding lies in each zone ("" where it has none), by severity, from trace to large.

Of the training masks, from `python -m recipes.default_data open_counts`.
"""


def drawn_findings(findings: ClinicalFindings, seed: int) -> ClinicalFindings:
    """What is asked for, with an area and, where the vocabulary has them, a side and a zone for each finding.

    Args:
        findings: as asked; what they say stays, and the rest is drawn among real findings of that size or zone.
        seed: of the case.
    """
    rng = np.random.default_rng([seed, STREAM])
    return replace(findings, findings=tuple(_drawn(item, rng) if item.present else item for item in findings.findings))


def _drawn(item: Finding, rng: np.random.Generator) -> Finding:
    draws = rng.random(3)  # as many for each finding, so that to say more of one changes no other
    size = item.severity if item.percent is None else severity_of(item.name, item.percent / 100)
    cells = [
        (zone, severity, count)
        for zone, counts in ZONE_COUNTS[item.name].items()
        for severity, count in zip(vocabulary.SEVERITIES, counts, strict=True)
        if count and (item.zone in (None, zone)) and (size in (None, severity))
    ]
    if not cells:  # asked for what no training mask shows
        cells = [(item.zone or "", size or "moderate", 1)]
    zone, severity, _ = cells[choice([count for *_, count in cells], draws[0])]
    side, percent = item.laterality, item.percent
    if side is None and item.name in SIDE_COUNTS:
        side = vocabulary.LATERALITIES[choice(SIDE_COUNTS[item.name], draws[2])]
    if percent is None:
        low, high = quantiles_of(severity)
        percent = 100 * area_of(item.name, low + (high - low) * (0.1 + 0.8 * draws[1]))
    return replace(item, laterality=side, zone=zone or None, percent=percent)


def choice(counts: Sequence[int], draw: float) -> int:
    """Which of several that occur so often is meant by a number from 0 to 1."""
    shares = np.cumsum(counts)
    return int(np.searchsorted(shares, draw * shares[-1], side="right"))
