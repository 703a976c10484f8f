# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Anatomical placement of findings: inside the lungs, effusion at the base, cardiomegaly over the mediastinum.

Takes masks with their anatomy; gives one value a finding of a case.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from aurad_monai import vocabulary
from aurad_monai.anatomy.finding_shape import reaches_base
from aurad_monai.anatomy.findings_from_masks import split_sides
from aurad_monai.anatomy.zones import allowed_place
from aurad_monai.evaluation.masks.sampled_masks import SampledMask

HEART_COVERED = 0.6
"""Cardiomegaly covers the mediastinum when it holds this share of the lower half of it, which is the heart."""


@dataclass
class Placement:
    """By question, one entry a finding of a case: a share of area, or 1 (so) and 0 (not so)."""

    inside_lungs: list[float] = field(default_factory=list)
    effusion_at_base: list[float] = field(default_factory=list)
    heart_covered: list[float] = field(default_factory=list)

    @classmethod
    def of(cls, masks: Iterable[SampledMask]) -> Placement:
        """Judge masks."""
        placement = cls()
        for mask in masks:
            for name in mask.names:
                if vocabulary.finding(name).lung_bound:
                    shape = mask.shape(name)
                    inside = (shape & allowed_place(name, mask.anatomy)).sum() / shape.sum()
                    placement.inside_lungs.append(float(inside))
            placement.effusion_at_base += _bases_reached(mask)
            if "cardiomegaly" in mask.names and mask.anatomy[2].any():
                placement.heart_covered.append(float(_heart_share(mask) >= HEART_COVERED))
        return placement


def _bases_reached(mask: SampledMask) -> list[float]:
    """Whether the effusion of each side reaches the base of its lung."""
    shape, reached = mask.shape("effusion"), []
    for part, lung in zip(split_sides(shape, mask.anatomy), mask.anatomy[:2] > 0, strict=True):
        if part.sum() < 0.15 * max(int(shape.sum()), 1) or not part.any():  # the few pixels beyond the midline
            continue
        reached.append(float(reaches_base(part, lung)))
    return reached


def _heart_share(mask: SampledMask) -> float:
    """How much of the lower half of the cardiomediastinum the enlarged heart holds."""
    heart = mask.anatomy[2] > 0
    rows = np.flatnonzero(heart.any(axis=1))
    heart[: (rows[0] + rows[-1]) // 2] = False
    return float((mask.shape("cardiomegaly") & heart).sum() / max(int(heart.sum()), 1))
