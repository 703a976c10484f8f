# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Mixed precision: bfloat16 inside the network, float32 outside, gradients as usual."""

from __future__ import annotations

import torch
from torch import nn

from aurad_monai.diffusion.mixed_precision import MixedPrecisionInferer


class Watched(nn.Conv2d):
    """Remembers the precision it computed in."""

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        output = super().forward(inputs)
        self.seen = output.dtype
        return output


def test_the_network_runs_in_bfloat16_and_gives_float32_with_gradients() -> None:
    network = Watched(2, 3, 3)
    output = MixedPrecisionInferer()(torch.ones(1, 2, 8, 8), network)
    output.sum().backward()
    assert network.seen == torch.bfloat16 and output.dtype == torch.float32
    assert network.weight.grad is not None and network.weight.grad.dtype == torch.float32


def test_switched_off_it_changes_nothing() -> None:
    network, inputs = Watched(2, 3, 3), torch.ones(1, 2, 8, 8)
    assert torch.equal(MixedPrecisionInferer(enabled=False)(inputs, network), network(inputs))
    assert network.seen == torch.float32
