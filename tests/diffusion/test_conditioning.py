# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""What a network sees of a condition: means of cells, and findings left out as if they had never been there."""

from __future__ import annotations

import torch

from aurad_monai.diffusion.conditioning import pool_to_grid, without_findings
from aurad_monai.request.conditions import ImageConditiond
from aurad_monai.vocabulary import channel
from tests.conftest import ellipse_chest


def test_each_cell_has_the_mean_of_its_pixels() -> None:
    planes = torch.zeros(1, 2, 4, 4, dtype=torch.uint8)
    planes[0, 1, :2, :2] = torch.tensor([[1, 0], [1, 1]])
    assert pool_to_grid(planes, (2, 2)).tolist() == [[[[0, 0], [0, 0]], [[0.75, 0], [0, 0]]]]


def test_the_shape_of_latents_names_the_grid() -> None:
    planes = torch.rand(1, 3, 4, 4)
    assert torch.equal(pool_to_grid(planes, torch.zeros(1, 16, 4, 4).shape), planes)


def test_a_finding_that_is_left_out_was_never_there() -> None:
    chest = ellipse_chest()
    both = torch.zeros(13, 256, 256, dtype=torch.uint8).numpy()
    both[channel("mass"), 90:110, 60:80] = both[channel("effusion"), 170:200, 50:100] = 1
    effusion = both.copy()
    effusion[channel("mass")] = 0
    full, alone = (ImageConditiond()({"anatomy": chest, "pathology": masks}) for masks in (both, effusion))
    condition, context = without_findings(full["condition"][None], full["context"][None], ["mass", "nodule"])
    assert torch.equal(condition[0], alone["condition"])
    told = {tuple(row) for row in context[0].tolist()}
    assert told == {tuple(row) for row in alone["context"].tolist()}
    assert full["condition"][3 + channel("mass")].any()  # the case itself keeps it, for what draws it
    unchanged = without_findings(full["condition"][None], full["context"][None], [])
    assert torch.equal(unchanged[0][0], full["condition"]) and torch.equal(unchanged[1][0], full["context"])
