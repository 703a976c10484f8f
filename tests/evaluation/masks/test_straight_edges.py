# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A rectangle is all straight edges, a disk hardly, and a disk that a ruler cuts has those of the cut."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aurad_monai import vocabulary
from aurad_monai.case import Case
from aurad_monai.evaluation.masks.straight_edges import StraightEdges, straight_edge_share, straight_edges
from aurad_monai.evaluation.measure import Batch, Measured

ROWS, COLUMNS = np.mgrid[:256, :256]
DISK = np.hypot(ROWS - 120, COLUMNS - 130) < 40


def test_shapes_by_hand() -> None:
    box = np.zeros((256, 256), bool)
    box[20:60, 30:90] = True
    assert straight_edge_share(box) == 1
    assert straight_edge_share(box[::4, ::4]) == 1  # a run is measured in parts of the frame
    assert straight_edge_share(DISK) < 0.25
    assert straight_edge_share(DISK & (ROWS < 125)) > straight_edge_share(DISK) + 0.15
    assert math.isnan(straight_edge_share(np.zeros((64, 64))))


@given(st.integers(0, 2**16 - 1))
def test_it_is_a_share_and_does_not_depend_on_orientation(seed: int) -> None:
    mask = np.random.default_rng(seed).random((32, 32)) > 0.4
    share = straight_edge_share(mask, run=2 / 32)
    assert 0 <= share <= 1
    assert share == pytest.approx(straight_edge_share(mask.T, run=2 / 32))
    assert share == pytest.approx(straight_edge_share(mask[::-1, ::-1], run=2 / 32))


def test_a_set_cut_with_a_ruler_stands_out_beside_real_masks() -> None:
    def case(mask: np.ndarray) -> Case:
        pathology = np.zeros((len(vocabulary.FINDING_NAMES), 256, 256), np.uint8)
        pathology[vocabulary.channel("mass")] = mask
        return Case("a", image=np.zeros((1, 256, 256), np.float32), pathology=pathology)

    def measured(mask: np.ndarray) -> Measured:
        values = dict(StraightEdges()(Batch([case(mask)] * 3)))
        return Measured(("a",) * 3, values, "", {}, (0, 1, 2))

    (row,) = straight_edges(measured(DISK & (ROWS < 125) & (COLUMNS > 110)), measured(DISK))
    assert (row.group, row.count, row.real_count) == ("mass", 3, 3) and row.value[0] > row.real[0] + 0.3
    bare = Case("b", image=np.zeros((1, 8, 8), np.float32))
    assert np.isnan(StraightEdges()(Batch([bare]))["straight_edges"]).all()
