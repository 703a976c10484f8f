# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""How large a finding is: areas become severities and quantiles among real findings, and back."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from aurad_monai import vocabulary
from aurad_monai.errors import InputError
from aurad_monai.prompts.finding import ClinicalFindings, Finding

LEVELS = (0.15, 0.45, 0.80)
"""Quantiles of area at which trace, small and moderate end."""

SEVERITY_AREAS = {term.name: term.severity_areas for term in vocabulary.FINDINGS}
"""For each finding the areas, as a fraction of both lungs, where trace ends, small ends and moderate ends.

They are the 0.15, 0.45 and 0.80 quantiles of the finding's area on one side in the training records of ChestX-Det, from
`python -m recipes.default_data severity_areas`.
"""


def severity_of(name: str, area: float) -> str:
    """The severity of an area, given as a fraction of both lungs."""
    return vocabulary.SEVERITIES[int(np.searchsorted(SEVERITY_AREAS[name], area, side="right"))]


def _knots(name: str) -> tuple[list[float], tuple[float, ...]]:
    """Logarithms of areas and their quantiles; the ends of the distribution are a guess."""
    low, middle, high = SEVERITY_AREAS[name]
    return [math.log(area) for area in (low / 4, low, middle, high, min(high * 2.5, 0.6))], (0.0, *LEVELS, 1.0)


def quantile_of(name: str, area: float) -> float:
    """The quantile in [0, 1] of an area (fraction of both lungs) among real findings of that name on one side."""
    areas, quantiles = _knots(name)
    return float(np.interp(math.log(max(area, 1e-6)), areas, quantiles))


def area_of(name: str, quantile: float) -> float:
    """The area (fraction of both lungs) at a quantile; the inverse of `quantile_of`."""
    areas, quantiles = _knots(name)
    return math.exp(float(np.interp(quantile, quantiles, areas)))


def in_percent(findings: ClinicalFindings, anatomy: npt.NDArray[np.generic], spacing: float | None) -> ClinicalFindings:
    """Findings with every diameter in centimeters as the area of such a disk, in percent of both lungs.

    Args:
        findings: as asked.
        anatomy: (3, H, W), 0 or 1.
        spacing: mm of the patient that a pixel spans; None where it is not known.

    Raises:
        InputError: a size is given in centimeters and the spacing is not known, or it is larger than the lungs.
    """
    if all(item.centimeters is None for item in findings.findings):
        return findings
    sized, lungs = [], int(((anatomy[0] > 0) | (anatomy[1] > 0)).sum())
    for item in findings.findings:
        if item.centimeters is None:
            sized.append(item)
            continue
        text = f"{item.centimeters:g} cm"
        if spacing is None:
            raise InputError("prompt", text, "sizes in percent of the lungs, or a known scale", "give --spacing MM")
        percent = 100 * math.pi / 4 * (10 * item.centimeters / spacing) ** 2 / max(lungs, 1)
        if percent > 100:
            raise InputError("prompt", text, "sizes smaller than the lungs", f"check --spacing {spacing:g}")
        sized.append(replace(item, percent=percent, centimeters=None))
    return replace(findings, findings=tuple(sized))


def quantiles_of(severity: str) -> tuple[float, float]:
    """The quantiles of area between which a severity lies."""
    level = vocabulary.SEVERITIES.index(severity)
    return (0.0, *LEVELS)[level], (*LEVELS, 1.0)[level]


def asked_quantile(item: Finding) -> float | None:
    """Quantile in [0, 1] of the area that a finding is asked with, the middle of a severity; None where it is open."""
    if item.percent is not None:
        return quantile_of(item.name, item.percent / 100)
    return None if item.severity is None else sum(quantiles_of(item.severity)) / 2
