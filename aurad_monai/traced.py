# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""TorchScript of networks that only tracing can read, made where `torch.jit.script` is asked for.

Takes a network and the shape of an input; gives a module that scripts. MONAI's `ckpt_export` and the Model Zoo script.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn


class Traced(nn.Module):
    """A network, traced; any batch and any size that the network takes, as its shapes are traced with it.

    A network returns one from `__prepare_scriptable__`, which `torch.jit.script` calls first.

    Args:
        network: one tensor in, one out; set to evaluation.
        shape: of an example input, with more than one case, so that nothing depends on a batch of one.
    """

    def __init__(self, network: nn.Module, shape: Sequence[int]) -> None:
        super().__init__()
        device = next(network.parameters()).device
        with torch.no_grad():
            self.network = torch.jit.trace(network.eval(), torch.rand(tuple(shape), device=device), check_trace=False)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """What the network says of an image (B, C, H, W)."""
        output: torch.Tensor = self.network(image)
        return output
