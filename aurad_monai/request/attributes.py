# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Side, zone and size of requested findings, sampled as they occur among real ones where the prompt leaves them open.

In: findings and a generator. Out: the findings with laterality, zone, severity and percent. If one of them is
unspecified, the mask network averages over it (a small central blob on both sides), so it is sampled first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from aurad_monai import vocabulary
from aurad_monai.anatomy.sizes import area_of, quantiles_of, severity_of
from aurad_monai.prompts.finding import ClinicalFindings, Finding

SIDE_COUNTS = {term.name: term.side_counts for term in vocabulary.FINDINGS if term.sided}
"""How often each sided finding is on the left, on the right and on both sides; from where `ZONE_COUNTS` are."""

ZONE_COUNTS = {term.name: term.zone_counts for term in vocabulary.FINDINGS}
"""How often each finding lies in each zone ("" where it has none), by severity, from trace to large.

Of the training masks, from `python -m recipes.default_data open_counts`.
"""


def sample_attributes(findings: ClinicalFindings, rng: np.random.Generator) -> ClinicalFindings:
    """Give each present finding a size and, where the vocabulary has them, a side and a zone.

    Args:
        findings: what they say stays, and the rest is sampled among real findings of that size or zone.
        rng: takes three numbers a finding, so that to say more of one changes no other.
    """
    items = (_sampled(item, rng.random(3)) if item.present else item for item in findings.findings)
    return replace(findings, findings=tuple(items))


def _sampled(item: Finding, draws: npt.NDArray[np.float64]) -> Finding:
    size = item.severity if item.percent is None else severity_of(item.name, item.percent / 100)
    cells = [
        (zone, severity, count)
        for zone, counts in ZONE_COUNTS[item.name].items()
        for severity, count in zip(vocabulary.SEVERITIES, counts, strict=True)
        if count and (item.zone in (None, zone)) and (size in (None, severity))
    ]
    if not cells:  # a zone and size that no training mask shows together
        cells = [(item.zone or "", size or "moderate", 1)]
    zone, severity, _ = cells[choice([count for *_, count in cells], draws[0])]
    side, percent = item.laterality, item.percent
    if side is None and item.name in SIDE_COUNTS:
        side = vocabulary.LATERALITIES[choice(SIDE_COUNTS[item.name], draws[2])]
    if percent is None:
        low, high = quantiles_of(severity)
        percent = 100 * area_of(item.name, low + (high - low) * (0.1 + 0.8 * draws[1]))
    named = item.severity or severity_of(item.name, percent / 100)
    return replace(item, laterality=side, zone=zone or None, severity=named, percent=percent)


def choice(counts: Sequence[int], u: float) -> int:
    """Index of the category whose cumulative frequency contains `u` in [0, 1) (inverse transform sampling)."""
    shares = np.cumsum(counts)
    return int(np.searchsorted(shares, u * shares[-1], side="right"))
