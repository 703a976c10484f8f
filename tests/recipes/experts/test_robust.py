# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Steady experts: views keep films and marks together, textures change and shapes do not, what learns, what is kept."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch

from aurad_monai.experts.findings_network import FindingsNetwork
from recipes.experts.films import FINDINGS, Film, Mark
from recipes.experts.robust import RATES, SteadyLesson, fit, learning, scaled, scores
from recipes.experts.robust_views import _blurred, affine, chosen, degraded
from recipes.experts.views import View, _moved

SIZE, FILMS = 64, 6


class Codec:
    """Latents are means of blocks of 8 pixels, and noise."""

    def encode(self, images: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.avg_pool2d(images, 8).repeat(1, 2, 1, 1)

    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.interpolate(latents[:, :1], scale_factor=8)


class Parts:
    def get(self, name: str) -> object:
        return Codec() if name == "autoencoder" else torch.nn.Upsample(scale_factor=2)


def test_views_change_texture_and_keep_what_is_where() -> None:
    images = torch.zeros(8, 1, SIZE, SIZE)
    images[:, :, 16:48, 16:48] = 0.8
    made = degraded(images, np.random.default_rng(0), Parts())  # type: ignore[arg-type]
    assert made.shape == images.shape and float(made.min()) >= 0 and float(made.max()) <= 1
    assert all(not torch.equal(a, b) for a, b in zip(made, images, strict=True))
    assert float((made - images).abs().mean((1, 2, 3)).max()) < 0.1
    again = degraded(images, np.random.default_rng(0), Parts())  # type: ignore[arg-type]
    assert torch.equal(made, again)


def test_a_blur_keeps_the_mean_and_flat_pictures() -> None:
    spot = torch.zeros(1, 1, 33, 33)
    spot[..., 16, 16] = 1
    assert float(_blurred(spot, 1.5).sum()) == pytest.approx(1, abs=1e-4)
    assert torch.allclose(_blurred(torch.full((1, 1, 9, 9), 0.4), 1.0), torch.tensor(0.4))


def film(name: str, **known: object) -> Film:
    row = {"id": name, "patient": name, "split": "train", "source": "NIH", "labels": "", **known}
    mark = Mark("mass", ((0.5, 0.5), (0.75, 0.5), (0.75, 0.75)), box=False)
    return Film({**row}, {}, {}, (mark,))  # type: ignore[arg-type]


def test_marks_move_with_the_film_and_validation_is_left_out() -> None:
    matrix = affine(np.random.default_rng(3))
    (moved,) = _moved(film("a"), matrix)[FINDINGS.index("mass")]
    for (x, y), point in zip(moved.polygon, ((0.5, 0.5), (0.75, 0.5), (0.75, 0.75)), strict=True):
        assert (matrix @ [2 * x - 1, 2 * y - 1, 1] + 1) / 2 == pytest.approx(point)
    assert chosen([film("a"), film("b", split="val"), film("c")]) == [0, 2]


@pytest.fixture
def lesson() -> Iterator[tuple[FindingsNetwork, SteadyLesson]]:
    torch.manual_seed(0)
    network = FindingsNetwork(size=SIZE, second="lite0").eval()
    channels, other = network.backbone.channels, network.second
    assert other is not None
    rng = np.random.default_rng(0)

    def features(*shape: int) -> np.ndarray:
        return rng.random((FILMS, *shape)).astype(np.float16)

    views = []
    for number in range(2):
        marks = {f"0:{FINDINGS.index('mass')}": np.full((SIZE // 8, SIZE // 8), 255 * number, np.uint8)}
        parts = (features(channels[2], SIZE // 8, SIZE // 8), features(channels[4], SIZE // 16, SIZE // 16))
        views.append(View(np.arange(FILMS), *parts, marks))
    value = (rng.random((FILMS, len(FINDINGS))) > 0.5).astype(np.float32)
    nothing = np.zeros(0, np.float16), np.zeros(0, np.float32)
    seen = tuple(features(other.whole.in_features) for _ in views)
    boxed = np.zeros_like(value, dtype=bool)
    made = SteadyLesson(views[0], *nothing, value, np.ones_like(value), boxed, views=tuple(views), second=seen)
    made.teacher = scores(network, made, np.arange(FILMS), 0)
    yield network, made


def test_each_row_is_seen_in_the_view_that_was_drawn(lesson: tuple[FindingsNetwork, SteadyLesson]) -> None:
    network, made = lesson
    rows = np.arange(2)
    made.drawn = np.array([1, 0])
    with torch.no_grad():
        both = made.logits(network, rows)
        made.drawn = np.array([0, 0])
        plain = made.logits(network, rows)
    assert torch.allclose(both[1], plain[1], atol=1e-4) and not torch.allclose(both[0], plain[0], atol=1e-4)
    made.drawn = np.array([1, 0])
    assert made.marks(rows)[1].sum() == 1
    made.drawn = np.array([0, 0])
    assert made.marks(rows)[1].sum() == 0


def test_early_stages_stay_and_scaling_is_undone(lesson: tuple[FindingsNetwork, SteadyLesson]) -> None:
    network, made = lesson
    before = {name: value.clone() for name, value in network.state_dict().items()}
    scaled(network, 2.0)
    assert torch.equal(network.whole.weight, 2 * before["whole.weight"])
    scaled(network, 0.5)
    assert [group["lr"] for group in learning(network, RATES)] == list(RATES.values())
    learns = {name for name, weight in network.named_parameters() if weight.requires_grad}
    assert not any(name.startswith(("backbone.stages.4", "backbone.stem", "second.backbone")) for name in learns)
    assert {"whole.weight", "second.whole.bias", "place"} <= learns
    groups = learning(network, {"local": 1e-3})
    learns = {name for name, weight in network.named_parameters() if weight.requires_grad}
    assert learns and not any(name.startswith(("backbone", "whole", "second")) for name in learns)
    rows = np.arange(FILMS)
    truth = made.value.copy()
    state = fit(network, made, rows, rows, truth, 2, 4, groups)
    kept = [name for name in before if name.startswith(("second", "backbone", "whole"))]
    assert all(torch.equal(state[name], before[name]) for name in kept)
