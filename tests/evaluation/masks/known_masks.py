# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Masks whose answers can be worked out by hand, for the tests of mask questions."""

from __future__ import annotations

import numpy as np

from aurad_monai.evaluation.masks.sampled_masks import SampledMask
from aurad_monai.prompts.finding import ClinicalFindings
from aurad_monai.vocabulary import channel
from tests.conftest import ellipse_chest

CHEST = ellipse_chest()


def drawn(findings: ClinicalFindings | None = None, **boxes: tuple[slice, slice]) -> SampledMask:
    """A mask with a box (rows, columns) for each finding named, in a schematic chest."""
    pathology = np.zeros((13, 256, 256), np.uint8)
    for name, box in boxes.items():
        pathology[channel(name)][box] = 1
    return SampledMask(findings, pathology, CHEST)


def disk(name: str, row: int, column: int, radius: float) -> SampledMask:
    """A mask with one disk."""
    rows, columns = np.mgrid[:256, :256]
    mask = drawn()
    mask.pathology[channel(name)] = (rows - row) ** 2 + (columns - column) ** 2 < radius**2
    return mask
