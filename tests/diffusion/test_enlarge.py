# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""What is decided once looks alike at every size: outlines are smooth, texture is added and averaged down."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional

from aurad_monai.diffusion.enlarge import EnlargeLogitsd, UpsampleTextured, image_at, logits_at


class Checkered(nn.Module):
    """Twice the size, with a pattern of one pixel that no enlargement makes."""

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        fine = functional.interpolate(image, scale_factor=2.0, mode="nearest")
        rows, columns = (torch.arange(edge) % 2 * 2 - 1 for edge in fine.shape[-2:])
        return fine + 0.1 * rows[:, None] * columns


def disc(size: int, radius: float) -> torch.Tensor:
    """Logits of a disc, 1 a pixel of a frame of 64, (1, size, size)."""
    places = (torch.arange(size) + 0.5) / size * 64 - 32
    return (radius - torch.hypot(places[:, None], places))[None]


def test_outlines_are_those_of_the_size_and_no_stairs() -> None:
    coarse = disc(64, 10.3)
    made = EnlargeLogitsd("pred", 256)({"pred": coarse})["pred"] > 0
    exact = disc(256, 10.3) > 0
    stairs = functional.interpolate((coarse > 0).float()[None], scale_factor=4.0, mode="nearest")[0] > 0.5
    assert made.shape == (1, 256, 256) and (made ^ exact).sum() < 0.5 * (stairs ^ exact).sum()
    assert torch.equal(EnlargeLogitsd("pred", 64)({"pred": coarse})["pred"], coarse)


def test_certainty_moves_no_outline() -> None:
    logits = torch.cat([torch.full((1, 8, 4), 100.0), torch.full((1, 8, 4), -2.0)], -1)
    inside = (logits_at(logits[None], 16)[0, 0, 8] > 0).sum()
    assert inside == 8 and (logits_at(logits[None], 16, 1000.0)[0, 0, 8] > 0).sum() == 9


def test_texture_is_there_at_full_size_and_averaged_down_below() -> None:
    case = {"pred": torch.rand(1, 16, 16)}
    made = {size: UpsampleTextured("pred", Checkered(), size)(case)["pred"] for size in (16, 32, 64)}
    assert {size: tuple(image.shape) for size, image in made.items()} == {n: (1, n, n) for n in (16, 32, 64)}
    assert torch.equal(made[32], Checkered()(case["pred"][None])[0])
    assert torch.allclose(made[16], case["pred"], atol=1e-6)  # the pattern has a mean of zero
    cubic = functional.interpolate(made[32][None], size=(64, 64), mode="bicubic", align_corners=False)
    assert torch.equal(made[64], cubic[0])


@pytest.mark.parametrize("size", [8, 24, 32])
def test_a_flat_image_stays_flat(size: int) -> None:
    assert torch.allclose(image_at(torch.full((1, 1, 16, 16), 0.3), size), torch.full((1, 1, size, size), 0.3))
