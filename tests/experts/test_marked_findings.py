# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""An expert that is told where to look: it looks there, and says nothing where there is no mask."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from aurad_monai.errors import InputError
from aurad_monai.experts.marked_findings import MarkedFindings, MarkedNetwork, described

FINDINGS = 3


@pytest.fixture(scope="module")
def expert() -> MarkedFindings:
    torch.manual_seed(0)
    network = MarkedNetwork("lite0", FINDINGS)
    network.head.known[:2] = 1
    return MarkedFindings(network)


def images(count: int = 2, size: int = 128) -> np.ndarray:
    return np.random.default_rng(0).random((count, 1, size, size), dtype=np.float32)


def test_features_are_means_and_maxima_at_the_mask() -> None:
    level, mask = torch.zeros(1, 2, 8, 8), torch.zeros(1, 1, 64, 64)
    mask[..., 16:32, 16:32] = 1  # four cells
    level[0, 0, 2:4, 2:4] = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    level[0, 1, 1:5, 1:5] = 1.0  # the ring too
    level[0, :, 7, 7] = 100.0  # far away
    mean, less, most = described([level], mask)[0, 0].split(2)
    assert mean.tolist() == [2.5, 1.0] and less.tolist() == [2.5, 0.0] and most.tolist() == [4.0, 1.0]


def test_a_cell_that_is_hardly_covered_counts_little() -> None:
    level, mask = torch.zeros(1, 1, 8, 8), torch.zeros(1, 1, 64, 64)
    mask[..., 16:24, 16:24] = 1
    mask[..., 16:17, 24:25] = 1
    level[0, 0, 2, 3] = 10.0
    mean, _, most = described([level], mask)[0, 0]
    assert mean == pytest.approx(10 / 65) and most == pytest.approx(10 / 8)


def test_what_has_no_mask_or_is_not_known_is_nan(expert: MarkedFindings) -> None:
    masks = np.zeros((2, FINDINGS, 128, 128), np.uint8)
    masks[0, 0, 30:60, 30:60] = masks[1, 1, 30:60, 30:60] = masks[1, 2, 30:60, 30:60] = 1
    logits = expert(images(), masks)
    assert np.isfinite(logits).tolist() == [[True, False, False], [False, True, False]]
    assert np.isnan(expert(images(), 0 * masks)).all()


def test_another_place_of_the_same_image_has_another_logit(expert: MarkedFindings) -> None:
    masks = np.zeros((2, FINDINGS, 128, 128), bool)
    masks[0, 0, 10:40, 10:40] = masks[1, 0, 80:110, 80:110] = True
    first, second = expert(np.repeat(images(1), 2, axis=0), masks)[:, 0]
    assert first != second


def test_a_larger_frame_is_looked_at_in_the_same_place(expert: MarkedFindings) -> None:
    masks = np.zeros((1, FINDINGS, 256, 256), bool)
    masks[0, 0, 64:128, 64:128] = True
    large, twice = images(1, 256), (1, 1, 2, 2)
    doubled = expert(np.kron(large, np.ones(twice, np.float32)), np.kron(masks, np.ones(twice, bool)))
    assert doubled[0, 0] == pytest.approx(expert(large, masks)[0, 0], abs=0.02)
    mixed = expert(large, np.kron(masks, np.ones(twice, bool)))
    assert mixed[0, 0] == pytest.approx(expert(large, masks)[0, 0], abs=0.02)


def test_masks_of_another_number_are_refused(expert: MarkedFindings) -> None:
    with pytest.raises(InputError, match="masks"):
        expert(images(), np.zeros((1, FINDINGS, 128, 128), bool))
    with pytest.raises(InputError, match="masks"):
        expert(images(), np.zeros((2, 5, 128, 128), bool))
