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

SIDE_COUNTS: dict[str, tuple[int, int, int]] = {
    "atelectasis": (294, 232, 86),
    "calcification": (138, 204, 55),
    "consolidation": (789, 919, 1703),
    "diffuse_nodule": (51, 49, 204),
    "effusion": (1058, 826, 1033),
    "emphysema": (83, 12, 230),
    "fibrosis": (380, 264, 367),
    "fracture": (268, 350, 140),
    "mass": (122, 141, 18),
    "nodule": (253, 337, 163),
    "pleural_thickening": (287, 521, 164),
    "pneumothorax": (189, 200, 8),
}
"""How often each sided finding is on the left, on the right and on both sides; from where `ZONE_COUNTS` are."""

ZONE_COUNTS: dict[str, dict[str, tuple[int, int, int, int]]] = {
    "atelectasis": {
        "upper": (0, 18, 3, 4),
        "mid": (12, 20, 29, 15),
        "lower": (47, 101, 138, 83),
        "basal": (5, 44, 24, 10),
        "perihilar": (2, 11, 17, 9),
        "costophrenic": (32, 18, 6, 0),
        "diffuse": (0, 0, 0, 28),
    },
    "calcification": {
        "upper": (9, 34, 35, 28),
        "mid": (30, 28, 19, 7),
        "lower": (14, 28, 30, 9),
        "apical": (5, 23, 13, 2),
        "basal": (2, 6, 5, 1),
        "perihilar": (10, 12, 27, 32),
        "costophrenic": (1, 9, 8, 6),
        "diffuse": (0, 0, 1, 0),
    },
    "cardiomegaly": {"": (102, 166, 182, 87)},
    "consolidation": {
        "upper": (127, 139, 98, 3),
        "mid": (108, 240, 401, 70),
        "lower": (337, 765, 509, 57),
        "apical": (21, 10, 2, 0),
        "basal": (45, 60, 26, 0),
        "perihilar": (62, 184, 211, 11),
        "costophrenic": (23, 10, 2, 0),
        "diffuse": (3, 29, 320, 569),
    },
    "diffuse_nodule": {
        "upper": (3, 0, 0, 0),
        "mid": (21, 11, 0, 0),
        "lower": (28, 20, 1, 0),
        "apical": (2, 0, 0, 0),
        "perihilar": (7, 4, 0, 0),
        "diffuse": (3, 96, 141, 95),
    },
    "effusion": {
        "upper": (0, 4, 4, 0),
        "mid": (2, 12, 11, 14),
        "lower": (19, 109, 660, 144),
        "apical": (0, 3, 2, 0),
        "basal": (14, 232, 357, 0),
        "perihilar": (0, 0, 2, 3),
        "costophrenic": (459, 703, 130, 0),
        "diffuse": (0, 22, 86, 452),
    },
    "emphysema": {
        "upper": (13, 1, 0, 0),
        "mid": (15, 15, 1, 0),
        "lower": (17, 3, 0, 0),
        "perihilar": (3, 3, 1, 0),
        "costophrenic": (3, 0, 0, 0),
        "diffuse": (37, 109, 155, 98),
    },
    "fibrosis": {
        "upper": (32, 155, 114, 5),
        "mid": (69, 85, 106, 29),
        "lower": (65, 91, 67, 2),
        "apical": (4, 27, 12, 0),
        "basal": (6, 2, 3, 0),
        "perihilar": (11, 22, 71, 11),
        "costophrenic": (26, 9, 1, 0),
        "diffuse": (0, 4, 36, 151),
    },
    "fracture": {
        "upper": (48, 116, 126, 79),
        "mid": (43, 62, 60, 48),
        "lower": (14, 17, 13, 16),
        "apical": (14, 23, 56, 11),
        "basal": (0, 0, 0, 2),
        "perihilar": (3, 18, 33, 11),
        "costophrenic": (13, 8, 9, 3),
        "diffuse": (0, 1, 3, 8),
    },
    "mass": {
        "upper": (4, 13, 15, 20),
        "mid": (16, 25, 14, 13),
        "lower": (14, 28, 32, 11),
        "apical": (1, 0, 4, 2),
        "basal": (1, 3, 2, 1),
        "perihilar": (5, 30, 26, 14),
        "costophrenic": (1, 0, 0, 2),
        "diffuse": (0, 0, 0, 1),
    },
    "nodule": {
        "": (0, 0, 11, 15),
        "upper": (43, 72, 78, 12),
        "mid": (24, 65, 69, 35),
        "lower": (32, 69, 89, 69),
        "apical": (10, 12, 13, 0),
        "basal": (5, 8, 25, 6),
        "perihilar": (7, 23, 30, 25),
        "costophrenic": (17, 21, 10, 1),
    },
    "pleural_thickening": {
        "upper": (10, 14, 40, 33),
        "mid": (12, 35, 64, 33),
        "lower": (56, 114, 122, 71),
        "apical": (1, 22, 52, 23),
        "basal": (3, 8, 9, 2),
        "perihilar": (0, 0, 2, 1),
        "costophrenic": (90, 105, 68, 33),
        "diffuse": (0, 8, 22, 45),
    },
    "pneumothorax": {
        "upper": (13, 31, 49, 23),
        "mid": (2, 2, 1, 0),
        "lower": (4, 8, 2, 7),
        "apical": (36, 74, 72, 16),
        "basal": (0, 0, 1, 0),
        "perihilar": (1, 0, 9, 0),
        "costophrenic": (6, 3, 2, 5),
        "diffuse": (0, 0, 11, 27),
    },
}
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
