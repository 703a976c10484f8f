# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import torch

from aurad_monai.diffusion.image_postprocessing import UnsharpMaskd


def sharpened(image: torch.Tensor) -> torch.Tensor:
    case = UnsharpMaskd("pred", 0.9, 0.75)({"pred": image, "id": "x"})
    assert case["id"] == "x"
    return torch.as_tensor(case["pred"])


def test_an_even_image_stays_and_its_borders_too() -> None:
    even = torch.full((1, 32, 32), 0.4)
    assert torch.allclose(sharpened(even), even, atol=1e-4)


def test_an_edge_is_steeper_and_slow_waves_stay() -> None:
    edge = torch.zeros(1, 32, 32)
    edge[..., 16:] = 0.5
    made = sharpened(edge)
    assert made[0, 16, 16] - made[0, 16, 15] > 1.2 * 0.5
    wave = torch.cos(torch.arange(64) * torch.pi / 63).expand(1, 64, 64)
    assert (sharpened(wave) - wave).abs().max() < 0.01


def test_fine_detail_grows_by_the_amount() -> None:
    stripes = torch.tensor([1.0, -1.0]).repeat(16).expand(1, 32, 32)
    assert torch.allclose(sharpened(stripes)[..., 8:-8, 8:-8], 1.75 * stripes[..., 8:-8, 8:-8], atol=0.03)
