# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Fitting of outlines: into the right lung, inside it, and whole or not at all."""

from __future__ import annotations

import numpy as np
import pytest

from aurad_monai.lesions.chest_tissue import ChestTissue
from aurad_monai.lesions.fit_shape import SOURCE_MIDLINE, fit_shape
from aurad_monai.lesions.lesion_shapes import LesionShape
from aurad_monai.vocabulary import FINDING_NAMES, finding
from tests.lesions.synthetic_chest import case, outline


@pytest.fixture
def tissue() -> ChestTissue:
    """The schematic chest, measured."""
    data = case()
    return ChestTissue(np.asarray(data["image"][0], dtype=np.float32), np.asarray(data["anatomy"] > 0))


@pytest.mark.parametrize("name", [name for name in FINDING_NAMES if finding(name).lung_bound])
def test_lung_bound_shapes_lie_in_or_at_the_lungs(name: str, tissue: ChestTissue) -> None:
    region = fit_shape(outline(name), tissue)
    assert region.any()
    assert (region & tissue.lungs).sum() >= 0.6 * region.sum()
    if name in ("consolidation", "mass", "nodule", "atelectasis"):
        assert not (region & ~tissue.lungs).any()


def test_mirrored_shape_changes_lungs(tissue: ChestTissue) -> None:
    shape = outline("consolidation")
    right, left = fit_shape(shape, tissue), fit_shape(shape, tissue, mirror=True)
    assert (right & tissue.structure("right_lung")).sum() == right.sum()
    assert (left & tissue.structure("left_lung")).sum() == left.sum()
    assert left.sum() == pytest.approx(right.sum(), rel=0.25)


def test_depth_in_the_lung_is_kept(tissue: ChestTissue) -> None:
    angle = np.linspace(0, 2 * np.pi, 16)
    circle = 0.03 * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    rows = []
    for y in (0.28, 0.45, 0.62):
        shape = LesionShape("nodule", circle + [SOURCE_MIDLINE - 0.2, y])
        rows.append(np.nonzero(fit_shape(shape, tissue))[0].mean())
    assert np.all(np.diff(rows) > 25)


def test_scale_changes_the_area(tissue: ChestTissue) -> None:
    small, large = (fit_shape(outline("mass"), tissue, scale=scale).sum() for scale in (0.8, 1.2))
    assert large / small == pytest.approx((1.2 / 0.8) ** 2, rel=0.15)


def test_shape_far_outside_gives_nothing(tissue: ChestTissue) -> None:
    shape = LesionShape("consolidation", np.array([[0.0, 0.0], [0.06, 0.0], [0.06, 0.05], [0.0, 0.05]]))
    assert not fit_shape(shape, tissue).any()
