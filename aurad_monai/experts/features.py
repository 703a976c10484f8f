# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Activations of a named layer, captured with a forward hook and average-pooled.

Takes a network and a layer name; gives features (B, F) whenever the network runs.
"""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import nn
from torch.nn import functional

from aurad_monai.errors import InputError


class _LayerReached(Exception):  # no error
    """Ends a forward pass once the layer has run."""


class LayerFeatures:
    """Captures the output of one layer, average-pooled to a grid, each time the network runs.

    Args:
        network: any module.
        layer: dotted name of the layer, as `named_modules` has it.
        grid: cells down and across that features are pooled to; above 1 they keep position.

    Raises:
        InputError: the network has no such layer.
    """

    def __init__(self, network: nn.Module, layer: str, grid: int = 4) -> None:
        try:
            module = network.get_submodule(layer)
        except AttributeError as error:
            raise InputError("layer", layer, "a layer of the network", "see named_modules()") from error
        self.network, self.grid = network, grid
        self.latest: torch.Tensor | None = None
        self._stop = False
        module.register_forward_hook(self._capture)

    def of(self, batch: torch.Tensor) -> torch.Tensor:
        """Features (B, F) of a batch; the network runs up to the layer only."""
        self.latest, self._stop = None, True
        try:
            self.network(batch)
        except _LayerReached:
            pass
        finally:
            self._stop = False
        features = cast("torch.Tensor | None", self.latest)  # the hook has set it
        if features is None:
            raise InputError("layer", "one that was not run", "a layer of the forward pass", "name another layer")
        return features

    def _capture(self, module: nn.Module, inputs: Any, output: torch.Tensor) -> None:
        pooled = functional.adaptive_avg_pool2d(output.detach().float(), self.grid)
        self.latest = pooled.flatten(1).cpu()
        if self._stop:
            raise _LayerReached
