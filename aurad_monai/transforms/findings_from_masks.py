# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""From masks back to words: the findings that a case's pathology and anatomy show, as a prompt would ask for them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from monai.transforms.transform import Transform

from aurad_monai import vocabulary
from aurad_monai.anatomy.zones import name_zone
from aurad_monai.prompts.context import TOKENS
from aurad_monai.prompts.finding import ClinicalFindings, Finding

BoolArray = npt.NDArray[np.bool_]

SEVERITY_AREAS: dict[str, tuple[float, float, float]] = {
    "atelectasis": (0.0143, 0.0303, 0.0628),
    "calcification": (0.0009, 0.0025, 0.0091),
    "cardiomegaly": (0.1845, 0.2373, 0.3099),
    "consolidation": (0.0473, 0.1065, 0.2442),
    "diffuse_nodule": (0.1410, 0.2576, 0.3363),
    "effusion": (0.0101, 0.0676, 0.2330),
    "emphysema": (0.2326, 0.2880, 0.3496),
    "fibrosis": (0.0097, 0.0469, 0.1933),
    "fracture": (0.0065, 0.0103, 0.0202),
    "mass": (0.0227, 0.0355, 0.0623),
    "nodule": (0.0024, 0.0063, 0.0178),
    "pleural_thickening": (0.0038, 0.0098, 0.0270),
    "pneumothorax": (0.0054, 0.0109, 0.0341),
}
"""For each finding the areas, as a fraction of both lungs, where trace ends, small ends and moderate ends.

They are the 0.15, 0.45 and 0.80 quantiles of the finding's area on one side in the training records of ChestX-Det, from
`python -m aurad_monai.default_data severity_areas`.
"""

OTHER_SIDE = 0.15
"""A finding is bilateral when at least this share of its area lies on the smaller side."""


def severity_of(name: str, area: float) -> str:
    """The severity of an area, given as a fraction of both lungs."""
    return vocabulary.SEVERITIES[int(np.searchsorted(SEVERITY_AREAS[name], area, side="right"))]


def split_sides(shape: BoolArray, anatomy: npt.NDArray[np.generic]) -> tuple[BoolArray, BoolArray]:
    """The parts of a shape (H, W) on the patient's left and right, cut midway between the centers of the lungs."""
    columns = np.arange(shape.shape[1])
    centers = [float((anatomy[i].sum(0) * columns).sum() / max(anatomy[i].sum(), 1)) for i in (0, 1)]
    on_left = columns > sum(centers) / 2
    return shape & on_left, shape & ~on_left


def findings_from_masks(pathology: npt.NDArray[np.generic], anatomy: npt.NDArray[np.generic]) -> ClinicalFindings:
    """Read findings, side, zone and severity from masks.

    Args:
        pathology: (13, H, W), 0 or 1.
        anatomy: (3, H, W), 0 or 1, both lungs present.

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
            found.append(Finding(name, severity=severity_of(name, shape.sum() / lungs)))
            continue
        found.extend(_sided(name, split_sides(shape, anatomy), anatomy, lungs))
    return ClinicalFindings(tuple(found[: TOKENS - 1]))  # as many as the context has room for


def _sided(name: str, sides: Sequence[BoolArray], anatomy: npt.NDArray[np.generic], lungs: int) -> list[Finding]:
    areas = [int(side.sum()) for side in sides]
    found = []
    for index, laterality in enumerate(("left", "right")):
        if areas[index] < OTHER_SIDE * sum(areas) or not areas[index]:
            continue
        lung = anatomy[index].astype(bool)
        zone: str | None = name_zone(sides[index], lung, index == 0) if lung.any() else None
        zone = None if name == "nodule" and zone == "diffuse" else zone
        found.append(Finding(name, laterality, zone, severity_of(name, areas[index] / lungs)))
    return found


class FindingsFromMasksd(Transform):
    """Add `findings` (ClinicalFindings) to a case from its pathology and anatomy, and view, sex and age where known."""

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        case = dict(data)
        shown = findings_from_masks(np.asarray(case["pathology"]), np.asarray(case["anatomy"]))
        case["findings"] = ClinicalFindings(shown.findings, case.get("view"), case.get("sex"), case.get("age"))
        return case
