# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Parts of the adversarial trainings that have a right answer: steps along a straight path, shifts, patches, heads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from aurad_monai.bundles.bundle import open_bundle
from aurad_monai.bundles.inventory import bundles_root
from aurad_monai.errors import InputError
from aurad_monai.generation.pipeline import IMAGE_BUNDLE
from recipes.images import adversarial
from recipes.images.adversarial import STEPS, TIMES, Head, Pooled, Underway, advanced, gap, moved, start
from recipes.images.fine_tune import Batch
from recipes.images.train_texture import MARGIN, PATCH, blurred, fineness, inner


def straight(data: torch.Tensor, noise: torch.Tensor) -> Callable[..., torch.Tensor]:
    """The right velocity from noise to data; it is asked on its own path alone."""

    def network(x: torch.Tensor, timesteps: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
        time = timesteps.view(-1, 1, 1, 1) / 1000
        assert torch.allclose(x[:, :16], (1 - time) * data + time * noise, atol=1e-2)
        return data - noise

    return network


def test_steps_of_the_right_velocity_give_the_data() -> None:
    torch.manual_seed(0)
    data, noise = torch.randn(2, 16, 32, 32), start(2, 16, 32, 32)
    assert float(noise.mean((-2, -1)).abs().max()) < 1e-6
    masks, context = torch.zeros(2, 16, 32, 32), torch.zeros(2, 16, 36)
    network = straight(data, noise)
    assert torch.allclose(advanced(network, noise, masks, context), data, atol=1e-4)
    time = TIMES[2]
    assert torch.allclose(advanced(network, noise, masks, context, 2), (1 - time) * data + time * noise, atol=1e-4)


class Films:
    """Films whose masks say when they were asked for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked = 0
        monkeypatch.setattr(adversarial, "batch_of", self.batch)

    def __len__(self) -> int:
        return 10

    def batch(self, cases: Any, rows: np.ndarray, moved: bool, pairs: int) -> Batch:
        self.asked += 1
        plane = torch.full((len(rows), 16, 32, 32), float(self.asked))
        return Batch(torch.zeros(len(rows), 1, 256, 256), plane, torch.zeros(len(rows), 16, 36))


def test_samples_underway_are_judged_once_at_each_step_under_their_own_masks(monkeypatch: pytest.MonkeyPatch) -> None:
    def network(x: torch.Tensor, timesteps: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
        # noise that is nothing, and data that are the number in the masks: each sample knows where it is
        time = timesteps.view(-1, 1, 1, 1) / 1000
        data = x[:, 16:]
        assert torch.allclose(x[:, :16], (1 - time) * data, atol=2e-2 * float(data.max()))
        return data

    monkeypatch.setattr(adversarial, "start", lambda *shape: torch.zeros(*shape))
    films = Films(monkeypatch)
    underway = Underway(network, films, np.random.default_rng(0), 2 * STEPS)  # type: ignore[arg-type]
    seen: list[float] = []
    for _ in range(STEPS + 1):
        predicted, masks = underway.move(network)
        assert torch.allclose(predicted, masks, rtol=2e-2)
        seen += masks[:, 0, 0, 0].tolist()
    assert [seen.count(number) for number in (2, 3)] == [2 * STEPS, 2 * (STEPS - 1)]  # the first new ones went through
    with pytest.raises(InputError, match="batch.*multiple of 4"):
        Underway(network, films, np.random.default_rng(0), 6)  # type: ignore[arg-type]


def test_the_gap_of_features_is_nothing_for_the_same_and_grows_with_shift_and_spread() -> None:
    rng = np.random.default_rng(0)
    films = rng.normal(size=(4000, 5))
    assert gap(films, films) == pytest.approx(0, abs=1e-9)
    assert gap(films + 0.5, films) == pytest.approx(0.25, rel=0.05)
    assert gap(2 * films, films) == pytest.approx(1, rel=0.05)


def test_the_steps_are_those_of_the_bundle() -> None:
    sampler = open_bundle(bundles_root() / IMAGE_BUNDLE, device="cpu").get("sampler")
    assert sampler.num_inference_steps == STEPS and sampler.solver_order == 1
    assert sampler.scheduler.times(STEPS).tolist() == pytest.approx(TIMES, abs=0.005)


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


def test_a_pooled_score_sees_what_channels_are_in_all_and_not_where() -> None:
    torch.manual_seed(0)
    judge, level = Pooled(8).eval(), torch.randn(1, 8, 16, 16)
    assert torch.allclose(judge(level), judge(level.roll(5, 2)), atol=1e-5)
    assert not torch.allclose(judge(level), judge(2 * level), atol=1e-3)


def test_a_patch_loses_its_margin_and_a_blur_keeps_the_mean() -> None:
    low = torch.rand(1, 1, PATCH // 2 + 2 * MARGIN, PATCH // 2 + 2 * MARGIN)
    enlarged = low.repeat_interleave(2, 2).repeat_interleave(2, 3)
    assert torch.equal(inner(enlarged)[..., ::2, ::2], low[..., MARGIN:-MARGIN, MARGIN:-MARGIN])
    smooth = blurred(low, 0.9)
    assert float((smooth.mean() - low.mean()).abs()) < 0.01 and smooth.std() < low.std()
    assert torch.equal(blurred(low, 0.0), low)


def test_fineness_is_nothing_beside_the_same_and_shows_blur_and_a_grid() -> None:
    films = np.random.default_rng(0).random((2, 512, 512), dtype=np.float32)
    assert list(fineness(films, films).values()) == [0.0, 0.0, 0.0]
    blurry = blurred(torch.from_numpy(films)[:, None], 0.9)[:, 0].numpy()
    found = fineness(blurry, films)
    assert found["power_512"] < found["power_256"] < 0
    tiled = films.copy()
    tiled[:, ::16] += 0.3
    assert fineness(tiled, films)["grid"] > 0.1
