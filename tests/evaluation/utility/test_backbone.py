# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The frozen backbone: strides, an image is looked at once, learning leaves it as it is."""

from __future__ import annotations

import pytest
import torch

from aurad_monai.errors import InputError
from aurad_monai.evaluation.utility import backbone as module
from aurad_monai.evaluation.utility import detection
from aurad_monai.evaluation.utility.backbone import Backbone, Pyramid
from aurad_monai.evaluation.utility.experiment import TrainConfig
from aurad_monai.experts.efficientnet_lite import EfficientNetLite
from tests.evaluation.utility.test_experiment import BACKBONE, EDGE, squares


class Counted(EfficientNetLite):
    """Counts the images that it looks at."""

    looked = 0

    def forward(self, images: torch.Tensor) -> list[torch.Tensor]:
        self.looked += len(images)
        return super().forward(images)


def test_an_image_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    network = Counted("lite0")
    backbone, images = Backbone(network), torch.rand(3, 1, 64, 64)
    first = backbone(images)
    assert [level.shape[2:] for level in first] == [(8, 8), (4, 4), (2, 2)]
    assert [level.shape[1] for level in first] == backbone.channels
    again = backbone(images[[2, 0]])
    assert network.looked == 3
    assert all(torch.equal(level[[2, 0]], seen) for level, seen in zip(first, again, strict=True))
    monkeypatch.setattr(module, "KEPT", 2)
    backbone(torch.rand(1, 1, 64, 64))
    backbone(images[:1])
    assert network.looked == 5  # the oldest were forgotten


def test_means_and_maxima_are_of_each_image_alone_and_found_once() -> None:
    network = Counted("lite0")
    backbone, images = Backbone(network), torch.rand(3, 1, 64, 64)
    found, levels = backbone.pooled(images), backbone(images)
    parts = [part for level in levels for part in (level.mean((2, 3)), level.amax((2, 3)))]
    torch.testing.assert_close(found, torch.cat(parts, 1), rtol=1e-3, atol=1e-3)  # maps are kept in half precision
    assert torch.equal(backbone.pooled(images[[2, 0]]), found[[2, 0]])
    assert network.looked == 6  # three by each of the two


def test_learning_leaves_it_as_it_is() -> None:
    before = {key: value.clone() for key, value in BACKBONE.network.state_dict().items()}
    learner = detection.train(squares(8, "r"), TrainConfig(EDGE, 2, 4), 0, BACKBONE)
    after = BACKBONE.network.state_dict()
    assert all(torch.equal(value, after[key]) for key, value in before.items())
    assert sum(p.numel() for p in learner.network.parameters()) < 200_000  # none of the backbone's 4 million


def test_levels_have_as_many_channels() -> None:
    levels = Pyramid(BACKBONE, 16)(torch.rand(2, 1, 64, 96))
    assert [tuple(level.shape) for level in levels.values()] == [(2, 16, 8, 12), (2, 16, 4, 6), (2, 16, 2, 3)]


@pytest.mark.parametrize("size", [0, 100])
def test_edges_are_multiples_of_the_coarsest_stride(size: int) -> None:
    with pytest.raises(InputError, match="multiple of 32"):
        TrainConfig(size)
