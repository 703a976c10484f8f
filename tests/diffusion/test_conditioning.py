# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import torch

from aurad_monai.diffusion.conditioning import pool_to_grid


def test_each_cell_has_the_mean_of_its_pixels() -> None:
    planes = torch.zeros(1, 2, 4, 4, dtype=torch.uint8)
    planes[0, 1, :2, :2] = torch.tensor([[1, 0], [1, 1]])
    assert pool_to_grid(planes, (2, 2)).tolist() == [[[[0, 0], [0, 0]], [[0.75, 0], [0, 0]]]]


def test_the_shape_of_latents_names_the_grid() -> None:
    planes = torch.rand(1, 3, 4, 4)
    assert torch.equal(pool_to_grid(planes, torch.zeros(1, 16, 4, 4).shape), planes)
