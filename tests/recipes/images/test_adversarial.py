# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Parts of the adversarial trainings that have a right answer: steps along a straight path, shifts, patches, heads."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from aurad_monai.bundles.bundle import open_bundle
from aurad_monai.bundles.inventory import bundles_root
from aurad_monai.generation.pipeline import IMAGE_BUNDLE
from recipes.images.adversarial import STOPS, TIMES, Head, moved, steps
from recipes.images.train_texture import MARGIN, PATCH, blurred, inner


def test_steps_of_the_right_velocity_give_the_data_at_every_step() -> None:
    torch.manual_seed(0)
    data, noise = torch.randn(2, 16, 32, 32), torch.randn(2, 16, 32, 32)
    noise = noise - noise.mean((-2, -1), keepdim=True)

    def network(x: torch.Tensor, timesteps: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
        time = timesteps.view(-1, 1, 1, 1) / 1000
        assert torch.allclose(x[:, :16], (1 - time) * data + time * noise, atol=1e-2)  # its own path
        return data - noise

    for stop in range(len(STOPS)):
        found = steps(network, noise, torch.zeros(2, 16, 32, 32), torch.zeros(2, 16, 36), stop)
        assert torch.allclose(found, data, atol=1e-4)
    assert len(TIMES) == len(STOPS) + 1 and sum(STOPS) == pytest.approx(1)


def test_the_steps_are_those_of_the_bundle() -> None:
    sampler = open_bundle(bundles_root() / IMAGE_BUNDLE, device="cpu").get("sampler")
    assert sampler.num_inference_steps == len(STOPS) and sampler.solver_order == 1
    assert sampler.scheduler.times(len(STOPS)).tolist() == pytest.approx(TIMES, abs=0.005)


def test_a_judged_image_and_its_masks_move_together() -> None:
    masks = torch.zeros(1, 16, 32, 32)
    masks[:, 2, 10:20, 8:12] = 1
    image = masks[:, 2:3].repeat_interleave(8, 2).repeat_interleave(8, 3)
    for shift in ((0, 0), (4, 4), (8, 3)):
        picture, cells = moved(image, masks, shift, torch.tensor([[1.0, 0.0]]))
        assert torch.equal(functional.avg_pool2d(picture, 8), cells[:, 2:3])
    assert not torch.equal(cells, masks)
    toned, _ = moved(image, masks, (4, 4), torch.tensor([[0.5, 0.25]]))
    assert set(toned.unique().tolist()) == {0.5, 1.0}


def test_a_head_sees_masks_where_it_has_planes_for_them() -> None:
    torch.manual_seed(0)
    level, masks = torch.randn(1, 8, 16, 16), torch.zeros(1, 16, 32, 32)
    other = masks.clone()
    other[:, 3, :8] = 1
    blind, seeing = Head(8, 0).eval(), Head(8, 16).eval()
    assert torch.equal(blind(level, masks), blind(level, other))
    changed = (seeing(level, masks) - seeing(level, other)).abs()[0, 0]
    assert changed[:4].max() > 0 and changed[6:].max() == 0


def test_a_patch_loses_its_margin_and_a_blur_keeps_the_mean() -> None:
    low = torch.rand(1, 1, PATCH // 2 + 2 * MARGIN, PATCH // 2 + 2 * MARGIN)
    enlarged = low.repeat_interleave(2, 2).repeat_interleave(2, 3)
    assert torch.equal(inner(enlarged)[..., ::2, ::2], low[..., MARGIN:-MARGIN, MARGIN:-MARGIN])
    smooth = blurred(low, 0.9)
    assert float((smooth.mean() - low.mean()).abs()) < 0.01 and smooth.std() < low.std()
    assert torch.equal(blurred(low, 0.0), low)
