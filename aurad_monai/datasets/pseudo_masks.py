# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Anatomy and pathology of a real radiograph: what people drew where they did, what experts see where they did not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from aurad_monai import vocabulary
from aurad_monai.datasets.experts import Sure
from aurad_monai.datasets.refine_boxes import refine_regions

BoolArray = npt.NDArray[np.bool_]
Mask = npt.NDArray[np.uint8]

SURE = 0.5
"""Probability from which an expert's pixel counts in any case."""
MIN_SURE = 0.1
"""Largest probability below which an expert does not see a finding that a label says is there."""
MARGIN = 0.02
"""How far beyond its compartment a finding may reach, as a fraction of the frame."""


@dataclass(frozen=True)
class Drawn:
    """A mark in the frame: what, whether only a box, and where (H, W)."""

    name: str
    boxed: bool
    mask: BoolArray


@dataclass(frozen=True)
class PseudoMasks:
    """Pathology with where it comes from.

    Args:
        pathology: (findings, H, W) uint8.
        origin: finding to outline, box, expert, or "" where it is known to be present and nowhere found.
        unasked: findings that no label speaks of and the expert is sure of.
    """

    pathology: Mask
    origin: Mapping[str, str]
    unasked: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every present finding has a mask."""
        return all(self.origin.values())


def anatomy_masks(seen: Mask, drawn: Sequence[Drawn] = ()) -> Mask:
    """The anatomy (3, H, W) of the expert, improved by what was drawn.

    Lungs drawn elsewhere, such as CheXmask's, end at the heart where ours go on behind it, and a heart is a part of the
    cardiomediastinum: the expert adds both. Nothing is used where one of the lungs is missing.
    """
    given = {mark.name: mark.mask for mark in drawn}
    if not (given.get("left_lung", np.zeros(1)).any() and given.get("right_lung", np.zeros(1)).any()):
        return seen
    heart = given.get("heart", np.zeros(seen.shape[-2:], dtype=bool))
    middle = (seen[2] > 0) | heart
    lungs = [given[name] | ((seen[index] > 0) & middle) for index, name in enumerate(vocabulary.ANATOMY_NAMES[:2])]
    return np.stack([*lungs, middle]).astype(np.uint8)


def pathology_masks(
    labels: Mapping[str, bool],
    drawn: Sequence[Drawn],
    image: npt.NDArray[np.floating],
    anatomy: Mask,
    maps: npt.NDArray[np.float32],
    scores: npt.NDArray[np.float32],
    sure: Mapping[str, Sure],
) -> PseudoMasks:
    """Pathology of a radiograph.

    An outline is taken as it is, a box is refined to what is in it, a finding that a label declares present is where
    the expert finds it most probable, and so is one that no label speaks of where the expert is sure that it is there.

    Args:
        labels: finding to present or absent; absent ones stay empty whatever an expert sees.
        drawn: marks in the frame.
        image: (H, W) in [0, 1].
        anatomy: (3, H, W).
        maps: (findings, H, W) probabilities, NaN where the expert does not know a finding.
        scores: (findings,) likewise.
        sure: findings that count as present from a score on where no label speaks of them; others do not.
    """
    pathology = refine_regions(image, anatomy, [(mark.name, mark.mask) for mark in drawn if mark.boxed])
    origin = {mark.name: "box" for mark in drawn if mark.boxed and pathology[vocabulary.channel(mark.name)].any()}
    for mark in drawn:
        if not mark.boxed and mark.mask.any():
            pathology[vocabulary.channel(mark.name)] |= mark.mask.astype(np.uint8)
            origin[mark.name] = "outline"
    unasked: list[str] = []
    for channel, name in enumerate(vocabulary.FINDING_NAMES):
        label = labels.get(name)
        if name in origin or label is False:
            continue
        unasked_for = label is None
        if unasked_for and not (name in sure and float(np.nan_to_num(scores[channel])) >= sure[name].threshold):
            continue
        pathology[channel] = expert_mask(name, maps[channel], anatomy)
        found = bool(pathology[channel].any())
        if found or not unasked_for:
            origin[name] = "expert" if found else ""
        if found and unasked_for:
            unasked.append(name)
    return PseudoMasks(pathology, origin, tuple(unasked))


def expert_mask(name: str, probability: npt.NDArray[np.float32], anatomy: Mask, least: float = MIN_SURE) -> Mask:
    """Where an expert sees a finding within its compartment: pixels at least half as probable as the most probable one.

    Args:
        name: the finding.
        probability: (H, W), NaN where it is not known.
        anatomy: (3, H, W).
        least: largest probability below which nothing is seen.
    """
    inside = np.where(compartment(name, anatomy), np.nan_to_num(probability), 0.0)
    peak = float(inside.max())
    return np.asarray(inside >= min(SURE, peak / 2) if peak >= least else np.zeros_like(inside)).astype(np.uint8)


def compartment(name: str, anatomy: Mask) -> BoolArray:
    """Where a finding may lie (H, W), with a margin around it."""
    kind = vocabulary.finding(name).compartment
    if kind in ("bone", "any"):
        return np.ones(anatomy.shape[-2:], dtype=bool)
    inside = anatomy[2] > 0 if kind == "heart" else (anatomy[0] > 0) | (anatomy[1] > 0)
    return np.asarray(ndimage.binary_dilation(inside, iterations=max(1, round(MARGIN * inside.shape[0]))))
