# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Criterion: the mask holds each requested finding on its side and in its zone, inside anatomically possible regions.

Takes the prompt's findings, the pathology mask and the anatomy mask; needs no image, so it runs before sampling one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from aurad_monai import vocabulary
from aurad_monai.anatomy.findings_from_masks import split_sides
from aurad_monai.anatomy.zones import lung_coordinates, side_lungs, zone_mask
from aurad_monai.case import Case
from aurad_monai.filtering.criteria.criterion import (
    CriterionResult,
    at_least,
    in_words,
    not_evaluated,
)
from aurad_monai.prompts.finding import Finding

BoolArray = npt.NDArray[np.bool_]
FRAME = "share of the frame"


class PlausibleLocation:
    """Requested findings are in the mask, absent ones are not, and every finding lies where anatomy allows it.

    Args:
        min_area: fraction of the frame below which a finding counts as missing (10 pixels of 256 x 256).
        inside_lungs: minimum share of a lung-bound finding inside the lungs.
        tolerance: distance beyond a region that still counts as inside, as a fraction of the frame.
        low_share: minimum share of an effusion in the lower half of a lung or beneath it.
        heart_share: minimum share of cardiomegaly inside the cardiomediastinum.
        between: minimum distance of cardiomegaly from the center of either lung, as a fraction of the way between them.
        side_share: minimum share of a finding on its one requested side.
        both_share: minimum share on the smaller side of a finding requested on both.
        zone_share: minimum share of a finding inside its requested zone, with the tolerance.
    """

    name = "plausible_location"

    def __init__(
        self,
        min_area: float = 0.00015,
        inside_lungs: float = 0.9,
        tolerance: float = 0.02,
        low_share: float = 0.1,
        heart_share: float = 0.5,
        between: float = 0.1,
        side_share: float = 0.8,
        both_share: float = 0.05,
        zone_share: float = 0.3,
    ) -> None:
        self.min_area = min_area
        self.inside_lungs = inside_lungs
        self.tolerance = tolerance
        self.low_share = low_share
        self.heart_share = heart_share
        self.between = between
        self.side_share = side_share
        self.both_share = both_share
        self.zone_share = zone_share

    def evaluate_masks(self, case: Case) -> list[CriterionResult]:
        """One result a check of each finding that is requested, declared absent or in the mask."""
        if case.pathology is None or case.anatomy is None:
            missing = "pathology mask" if case.pathology is None else "anatomy mask"
            return [not_evaluated(self.name, f"the case has no {missing}")]
        if not (case.anatomy[0].any() and case.anatomy[1].any()):
            return [CriterionResult(self.name, 0.0, 1.0, False, "the anatomy mask lacks a lung")]
        results: list[CriterionResult] = []
        for name in vocabulary.FINDING_NAMES:
            shape = case.pathology[vocabulary.channel(name)].astype(bool)
            requested = [item for item in case.requested.present if item.name == name]
            if requested:
                results.append(self._present(name, requested, shape))
            if any(item.name == name for item in case.requested.absent):
                results.append(self._absent(name, shape))
            if shape.mean() >= self.min_area:
                results.extend(self._sides(requested, shape, case.anatomy))
                results.extend(self._place(name, shape, case.anatomy))
        return results

    def _present(self, name: str, requested: list[Finding], shape: BoolArray) -> CriterionResult:
        asked = f"{in_words(name, requested)} is requested,"
        statements = (f"{asked} and the mask has it", f"{asked} but the mask does not have it")
        criterion = f"{self.name}.{name}.present"
        return at_least(criterion, float(shape.mean()), self.min_area, statements, FRAME)

    def _absent(self, name: str, shape: BoolArray) -> CriterionResult:
        said, area = f"{vocabulary.finding(name).label} is declared absent,", float(shape.mean())
        passed = area < self.min_area
        reason = f"{said} and the mask does not have it" if passed else f"{said} but the mask has it"
        criterion = f"{self.name}.{name}.absent"
        return CriterionResult(criterion, area, self.min_area, passed, reason, measure=FRAME)

    def _sides(
        self, requested: list[Finding], shape: BoolArray, anatomy: npt.NDArray[np.uint8]
    ) -> Iterator[CriterionResult]:
        """Requested side and zone; nothing where the prompt specifies neither."""
        parts = split_sides(shape, anatomy)
        left = float(parts[0].sum() / shape.sum())
        sides = {item.laterality for item in requested}
        asked = f"{vocabulary.finding(requested[0].name).label} is requested on" if requested else ""
        if "bilateral" in sides or {"left", "right"} <= sides:
            statements = (
                f"{asked} both sides, and the mask has both",
                f"{asked} both sides, but the mask has only one",
            )
            yield self._share(f"{requested[0].name}.side", min(left, 1 - left), self.both_share, statements)
        elif sides & {"left", "right"}:
            side = "left" if "left" in sides else "right"
            share = left if side == "left" else 1 - left
            statements = (
                f"{asked} the {side}, where its mask lies",
                f"{asked} the {side}, but its mask lies elsewhere",
            )
            yield self._share(f"{requested[0].name}.side", share, self.side_share, statements)
        for item in requested:
            if item.zone not in (None, "diffuse"):
                yield self._zone(item, requested, parts, anatomy)

    def _zone(
        self,
        item: Finding,
        requested: list[Finding],
        parts: tuple[BoolArray, BoolArray],
        anatomy: npt.NDArray[np.uint8],
    ) -> CriterionResult:
        """Whether the finding lies in its zone, or in one of those where it is requested on the same side."""
        both = parts[0] | parts[1]
        shape = {"left": parts[0], "right": parts[1]}.get(item.laterality or "", both)
        subject = f"{item.name}.zone" if item.laterality is None else f"{item.name}.zone_{item.laterality}"
        asked = f"{vocabulary.finding(item.name).label} is requested in the {item.zone} zone,"
        if not shape.any():
            return not_evaluated(f"{self.name}.{subject}", f"{asked} but the mask has nothing on that side")
        same = [other.zone for other in requested if other.laterality == item.laterality]
        where = self._widened(np.logical_or.reduce([zone_mask(anatomy, item.laterality, zone) for zone in same]))
        statements = (f"{asked} where its mask lies", f"{asked} but its mask lies elsewhere")
        return self._share(subject, _share(shape, where), self.zone_share, statements)

    def _place(self, name: str, shape: BoolArray, anatomy: npt.NDArray[np.uint8]) -> Iterator[CriterionResult]:
        """Where anatomy allows a finding, whether it is requested or not."""
        term = vocabulary.finding(name)
        mask = f"the mask of {term.label}"
        if term.lung_bound:
            lungs = self._widened((anatomy[0] | anatomy[1]).astype(bool))
            statements = (f"{mask} lies inside the lungs", f"{mask} reaches out of the lungs")
            yield self._share(f"{name}.lungs", _share(shape, lungs), self.inside_lungs, statements)
        if name == "effusion":
            statements = (f"{mask} lies low in a lung", f"{mask} lies too high: fluid gathers low in a lung")
            yield self._share(f"{name}.low", _share(shape, _lower_halves(anatomy)), self.low_share, statements)
        if name == "cardiomegaly":
            yield self._between(shape, anatomy)
            if not anatomy[2].any():
                yield not_evaluated(f"{self.name}.{name}.heart", "the anatomy mask has no heart")
                return
            statements = (f"{mask} lies on the heart", f"{mask} lies beside the heart")
            yield self._share(f"{name}.heart", _share(shape, anatomy[2].astype(bool)), self.heart_share, statements)

    def _between(self, shape: BoolArray, anatomy: npt.NDArray[np.uint8]) -> CriterionResult:
        """The center of the heart lies between the centers of the lungs."""
        heart, left, right = (float(np.nonzero(mask)[1].mean()) for mask in (shape, anatomy[0], anatomy[1]))
        across = (heart - right) / (left - right) if left > right else math.nan
        who = "the enlarged heart of the mask"
        statements = (f"{who} lies between the lungs", f"{who} does not lie between the lungs")
        measure = "share of the way from the nearer lung's center"
        criterion = f"{self.name}.cardiomegaly.between"
        return at_least(criterion, min(across, 1 - across), self.between, statements, measure)

    def _share(self, subject: str, score: float, threshold: float, statements: tuple[str, str]) -> CriterionResult:
        return at_least(f"{self.name}.{subject}", score, threshold, statements, "share of its area")

    def _widened(self, region: BoolArray) -> BoolArray:
        reach = self.tolerance * region.shape[-1]
        return np.asarray(ndimage.distance_transform_edt(~region) <= reach) if region.any() else region


def _share(shape: BoolArray, where: BoolArray) -> float:
    return float((shape & where).sum() / shape.sum())


def _lower_halves(anatomy: npt.NDArray[np.uint8]) -> BoolArray:
    """Pixels below the middle height of the lung on their side."""
    low = np.zeros(anatomy.shape[-2:], dtype=bool)
    left_half, _ = split_sides(np.ones_like(low), anatomy)
    for lung, is_left in side_lungs(anatomy, None):
        height, _ = lung_coordinates(lung, is_left)
        low |= (height >= 0.5) & (left_half if is_left else ~left_half)
    return low
