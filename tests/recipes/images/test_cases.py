# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Batches of the cascade: exact area averages, shares of kinds, what is dropped, patches that fit their masks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from recipes.images.cases import REAL, UNIFORM, Cases, area_weights, unpack
from recipes.images.networks import CONDITIONS, FINDINGS, STRUCTURES

COUNT, SIZE = 12, 64


@pytest.fixture
def part(tmp_path: Path) -> Path:
    """Six films, two of them with an effusion of known mask, and six insertions of a nodule."""
    rng = np.random.default_rng(0)
    masks = np.zeros((COUNT, SIZE, SIZE), np.uint16)
    masks[:, 16:48, 8:24] = 1
    present, given = np.zeros((COUNT, FINDINGS), np.int8), np.zeros((COUNT, FINDINGS), np.uint8)
    present[:2, 5], given[:2, 5], present[6:, 10], given[6:] = 1, 1, 1, 1
    masks[:2, 40:48, 8:24] |= 1 << (STRUCTURES + 5)
    np.save(tmp_path / "images.npy", rng.integers(0, 255, (COUNT, SIZE, SIZE), dtype=np.uint8))
    np.save(tmp_path / "masks.npy", masks)
    np.save(tmp_path / "extras.npy", np.ones((COUNT, SIZE, SIZE), np.uint8))
    kind = np.array(["unknown"] * 6 + ["inserted"] * 6)
    table = {"id": np.arange(COUNT).astype(str), "split": np.array(["train"] * COUNT), "kind": kind}
    table |= {"native": np.full(COUNT, 512), "context": np.ones((COUNT, 16, 36), np.float16)}
    np.savez(tmp_path / "known.npz", given=given, present=present, **table)
    return tmp_path


def test_area_weights_average() -> None:
    whole = area_weights(torch.zeros(1), torch.tensor([8.0]), 8, 2)[0]
    assert torch.equal(whole, torch.tensor([[0.25] * 4 + [0.0] * 4, [0.0] * 4 + [0.25] * 4]))
    part = area_weights(torch.tensor([0.5]), torch.tensor([3.0]), 8, 1)[0, 0]
    torch.testing.assert_close(part, torch.tensor([0.5, 1, 1, 0.5, 0, 0, 0, 0]) / 3)


def test_highest_bit_is_read() -> None:
    bits = torch.from_numpy(np.full((1, 2, 2), 1 << 15, np.uint16).view(np.int16))
    assert unpack(bits, 16)[0, :, 0, 0].tolist() == [0.0] * 15 + [1.0]


def test_whole_frame_is_the_block_average(part: Path) -> None:
    cases = Cases([part], "train")
    batch = cases.whole(torch.arange(2), size=32, grid=16)
    expected = cases.images[:2].float().reshape(2, 32, 2, 32, 2).mean((2, 4)) / 255
    torch.testing.assert_close(batch.image[:, 0], expected)
    assert batch.condition.shape == (2, CONDITIONS, 16, 16)
    assert (
        batch.condition[0, STRUCTURES + 5, 11, 3] == 1 and batch.condition[0, STRUCTURES + 5].mean() == 8 * 16 / 64**2
    )


def test_mask_not_given_is_not_shown(part: Path) -> None:
    cases = Cases([part], "train")
    cases.given[0] = 0
    condition = cases.whole(torch.tensor([0]), size=32, grid=16).condition
    assert condition[0, STRUCTURES : STRUCTURES + FINDINGS].sum() == 0
    assert condition[0, STRUCTURES + 2 * FINDINGS + 5].unique().tolist() == [1.0]


def test_shares(part: Path) -> None:
    chance = Cases([part], "train").chance
    assert chance.sum() == pytest.approx(1)
    assert chance[6:].sum() == pytest.approx(1 - UNIFORM - REAL)
    assert chance[:2].sum() == pytest.approx(UNIFORM / 3 + REAL)


def test_forgetting_keeps_anatomy_and_film(part: Path) -> None:
    cases = Cases([part], "train")
    batch = cases.forget(cases.whole(torch.arange(8), size=32, grid=16), everything=1.0)
    assert batch.condition[:, STRUCTURES:-2].abs().sum() == 0 and batch.context.abs().sum() == 0
    assert batch.condition[:, :STRUCTURES].sum() > 0 and batch.condition[:, -2].min() == 1


def test_patches_fit_their_masks(part: Path) -> None:
    cases = Cases([part], "train")
    cases.images[:] = torch.from_numpy((np.load(part / "masks.npy") & 1) * 255)
    image, condition = cases.patches(torch.arange(6), 32)
    torch.testing.assert_close(torch.nn.functional.avg_pool2d(image, 4)[:, 0], condition[:, 0])
