# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Diversity and copies: overlaps that can be counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from aurad_monai.evaluation.masks.diversity import mean_pairwise_iou, nearest_iou
from aurad_monai.evaluation.masks.pasted import paste, paste_freely
from aurad_monai.prompts.parse import parse
from tests.evaluation.masks.known_masks import drawn

BOX = (slice(96, 128), slice(160, 192))
OTHER = (slice(96, 128), slice(64, 96))


def test_equal_masks_overlap_whole_and_disjoint_ones_not() -> None:
    same = drawn(mass=BOX)
    assert mean_pairwise_iou([same, same, same]) == pytest.approx(1)
    assert mean_pairwise_iou([same, drawn(mass=OTHER)]) == 0
    assert mean_pairwise_iou([same, drawn(effusion=BOX)]) == 0  # another finding is another mask
    assert np.isnan(mean_pairwise_iou([same]))


def test_a_copy_is_found_and_half_a_copy_is_half() -> None:
    known = [drawn(effusion=BOX).pathology, drawn(mass=BOX).pathology]
    asked = [drawn(mass=BOX).pathology, drawn(mass=(slice(96, 112), slice(160, 192))).pathology, drawn().pathology]
    assert nearest_iou(asked, known) == pytest.approx([1.0, 0.5, 0.0])


def test_pasting_takes_a_real_shape_of_each_asked_finding_and_no_other() -> None:
    source = [drawn(mass=BOX).pathology, drawn(effusion=BOX).pathology]
    (pasted,) = paste([drawn(parse("mass"))], source)
    assert pasted.names == ("mass",) and np.array_equal(pasted.pathology, source[0])
    several = [drawn(**{name: box}).pathology for name in ("mass", "effusion", "nodule") for box in (BOX, OTHER)]
    (pasted,) = paste([drawn(parse("nodule, mass and effusion"))], several, seed=1)
    first, second, third = np.random.default_rng(1).integers([2, 2, 2])  # in the order of the vocabulary
    chosen = drawn(effusion=(BOX, OTHER)[first], mass=(BOX, OTHER)[second], nodule=(BOX, OTHER)[third])
    assert np.array_equal(pasted.pathology, chosen.pathology)
    free = paste_freely([drawn()] * 60, source)
    assert 0.3 < np.mean(["mass" in mask.names for mask in free]) < 0.7
