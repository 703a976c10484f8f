# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Features of one layer: those of a whole look, at the cost of the way to the layer."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from aurad_monai.errors import InputError
from aurad_monai.experts.features import LayerFeatures


class Counted(nn.Sequential):
    """Two layers, the last of which counts how often it runs."""

    def __init__(self) -> None:
        super().__init__(nn.Conv2d(1, 3, 1), nn.Sigmoid())
        self.spare, self.runs = nn.Identity(), 0
        self[1].register_forward_hook(lambda *_: setattr(self, "runs", self.runs + 1))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        answer: torch.Tensor = self[1](self[0](images))
        return answer


def test_the_network_runs_as_far_as_the_layer_and_whole_again_afterwards() -> None:
    network, images = Counted(), torch.rand(2, 1, 8, 8)
    layer = LayerFeatures(network, "0", grid=1)
    found = layer.of(images)
    assert network.runs == 0 and torch.allclose(found, network[0](images).mean(dim=(2, 3)))
    assert network(images).shape == (2, 3, 8, 8) and network.runs == 1


def test_a_layer_that_is_not_run_is_named() -> None:
    with pytest.raises(InputError, match="layer"):
        LayerFeatures(Counted(), "spare").of(torch.rand(1, 1, 8, 8))
