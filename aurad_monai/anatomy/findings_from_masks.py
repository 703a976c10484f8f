# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Findings measured from masks: name, side, zone and severity, as a prompt would say them.

In: pathology (findings, H, W) and anatomy (3, H, W). Out: `ClinicalFindings`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from aurad_monai import vocabulary
from aurad_monai.anatomy.sizes import severity_of
from aurad_monai.anatomy.zones import name_zone
from aurad_monai.prompts.finding import MAX_FINDINGS, ClinicalFindings, Finding

BoolArray = npt.NDArray[np.bool_]

OTHER_SIDE = 0.15
"""A finding is bilateral when at least this share of its area lies on the smaller side."""


def split_sides(shape: BoolArray, anatomy: npt.NDArray[np.generic]) -> tuple[BoolArray, BoolArray]:
    """The parts of a shape (H, W) on the patient's left and right, cut midway between the centers of the lungs."""
    columns = np.arange(shape.shape[1])
    centers = [float((anatomy[i].sum(0) * columns).sum() / max(anatomy[i].sum(), 1)) for i in (0, 1)]
    on_left = columns > sum(centers) / 2
    return shape & on_left, shape & ~on_left


def findings_from_masks(
    pathology: npt.NDArray[np.generic], anatomy: npt.NDArray[np.generic], sizes: bool = False
) -> ClinicalFindings:
    """Read findings, side, zone and severity from masks.

    Args:
        pathology: (findings, H, W), 0 or 1.
        anatomy: (3, H, W), 0 or 1, both lungs present.
        sizes: also the exact area of each, in percent of both lungs.

    Returns:
        Present findings only; an empty mask gives no finding.
    """
    lungs = max(int((anatomy[0].astype(bool) | anatomy[1].astype(bool)).sum()), 1)
    found: list[Finding] = []
    for channel, name in enumerate(vocabulary.FINDING_NAMES):
        shape = pathology[channel].astype(bool)
        if not shape.any():
            continue
        if not vocabulary.finding(name).sided:
            found.append(_measured(Finding(name), int(shape.sum()), lungs, sizes))
            continue
        found.extend(_sided(name, split_sides(shape, anatomy), anatomy, lungs, sizes))
    return ClinicalFindings(tuple(found[:MAX_FINDINGS]))


def _measured(item: Finding, area: int, lungs: int, sizes: bool) -> Finding:
    """The finding with the severity of its area and, where wanted, the area itself."""
    fraction = area / lungs
    return replace(item, severity=severity_of(item.name, fraction), percent=100 * fraction if sizes else None)


def _sided(
    name: str, sides: Sequence[BoolArray], anatomy: npt.NDArray[np.generic], lungs: int, sizes: bool
) -> list[Finding]:
    areas = [int(side.sum()) for side in sides]
    found = []
    for index, laterality in enumerate(("left", "right")):
        if areas[index] < OTHER_SIDE * sum(areas) or not areas[index]:
            continue
        lung = anatomy[index].astype(bool)
        zone: str | None = name_zone(sides[index], lung, index == 0) if lung.any() else None
        zone = None if name == "nodule" and zone == "diffuse" else zone
        found.append(_measured(Finding(name, laterality, zone), areas[index], lungs, sizes))
    return found
