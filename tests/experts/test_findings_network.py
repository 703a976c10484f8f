# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The findings network and its backbone: shapes at every stride, and how the whole image and its parts add up."""

from __future__ import annotations

import pytest
import torch

from aurad_monai.errors import InputError
from aurad_monai.experts.efficientnet_lite import SCALES, EfficientNetLite
from aurad_monai.experts.findings_network import FindingsNetwork, WholeImageNetwork

PUBLISHED = {"lite0": 3_370_432, "lite1": 4_135_104, "lite2": 4_810_496}
"""Parameters of the published networks without classifier and with a stem for gray."""


def network(size: int = 64, **options: int | str) -> FindingsNetwork:
    torch.manual_seed(0)
    return FindingsNetwork("lite0", width=8, size=size, **options).eval()  # type: ignore[arg-type]


@pytest.mark.parametrize("scale", SCALES)
def test_the_backbone_is_the_published_one(scale: str) -> None:
    assert sum(weights.numel() for weights in EfficientNetLite(scale).parameters()) == PUBLISHED[scale]


@torch.no_grad()
def test_features_come_at_strides_two_to_thirty_two() -> None:
    seen = EfficientNetLite("lite0").eval()(torch.rand(1, 1, 64, 64))
    assert [64 // features.shape[-1] for features in seen] == [2, 4, 8, 16, 16, 32, 32, 32]
    assert [features.shape[1] for features in seen] == [16, 24, 40, 80, 112, 192, 320, 1280]


@torch.no_grad()
@pytest.mark.parametrize("edges", [(64, 64), (96, 96)])
def test_logits_are_as_large_as_the_image(edges: tuple[int, int]) -> None:
    assert network(findings=5)(torch.rand(2, 1, *edges)).shape == (2, 5, *edges)


@torch.no_grad()
def test_the_whole_image_moves_every_pixel_of_its_finding_alike() -> None:
    one, images = network(), torch.rand(1, 1, 64, 64)
    before = one(images)
    one.whole.bias[3] += 2
    moved = one(images) - before
    assert torch.allclose(moved[:, 3], torch.tensor(2.0), atol=1e-4)
    assert torch.allclose(moved[:, [0, 1, 2, 4]], torch.tensor(0.0), atol=1e-6)


@torch.no_grad()
def test_a_second_backbone_adds_its_number_to_every_pixel() -> None:
    two, images = network(second="lite0"), torch.rand(2, 1, 64, 64)
    assert two.second is not None
    together, number = two(images), two.second.image_logits(images)
    two.second = None
    assert number.std() > 0
    assert torch.allclose(together - two(images), number[:, :, None, None].expand(-1, -1, 64, 64), atol=1e-5)


@torch.no_grad()
def test_a_network_of_the_whole_image_says_nothing_of_places() -> None:
    torch.manual_seed(0)
    one, images = WholeImageNetwork("lite0", findings=4, size=64).eval(), torch.rand(2, 1, 96, 96)
    logits = one(images)
    assert logits.shape == (2, 4, 96, 96)
    assert torch.equal(logits.amax((2, 3)), logits.amin((2, 3))) and not torch.equal(logits[0], logits[1])


@torch.no_grad()
def test_a_place_can_be_learned() -> None:
    one, images = network(size=128), torch.rand(1, 1, 128, 128)
    before = one(images)
    one.place[:, :, 0, 0] += 3
    changed = (one(images) - before).abs().amax(1)[0]
    assert changed[:32, :32].mean() > 10 * changed[96:, 96:].mean()


@pytest.mark.parametrize("options", [{"size": 100}, {"size": 0}, {"scale": "b7"}])
def test_what_cannot_be_built_is_refused(options: dict[str, object]) -> None:
    with pytest.raises(InputError):
        FindingsNetwork(**options)  # type: ignore[arg-type]
