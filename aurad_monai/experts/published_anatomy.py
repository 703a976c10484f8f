# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Published anatomy experts: PSPNet (ChestX-Det, Apache-2.0) and CXAS (CC BY-NC-SA), in place of the built-in one.

Take images (B, 1, H, W) in [0, 1]; give masks (B, 3, H, W) in `vocabulary.ANATOMY_NAMES` order.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional

from aurad_monai import vocabulary
from aurad_monai.errors import InputError
from aurad_monai.experts.expert import FloatArray, check_batch
from aurad_monai.experts.published_weights import require
from aurad_monai.experts.xrayvision_import import import_xrayvision
from aurad_monai.weights import load_strictly, read_checkpoint, read_state

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of ImageNet, by which both networks' inputs are standardized."""


class _PublishedAnatomy:
    """Segment radiographs into `vocabulary.ANATOMY_NAMES` by a network with structures of its own.

    Args:
        network: (B, 3, 512, 512), standardized, to logits of `structures`.
        structures: the network's names.
        parts: which of them make up each of our structures.
    """

    targets = vocabulary.ANATOMY_NAMES
    value_range = (0.0, 1.0)
    size = 512

    def __init__(
        self, network: nn.Module, structures: Sequence[str], parts: Sequence[Sequence[str]], device: str
    ) -> None:
        self.network, self.device = network.to(device).eval(), device
        self.channels = [[list(structures).index(name) for name in names] for names in parts]

    @torch.no_grad()
    def __call__(self, images: FloatArray) -> npt.NDArray[np.uint8]:
        """Args: images (B, 1, H, W) in [0, 1]. Returns (B, 3, H, W) uint8."""
        batch = torch.from_numpy(check_batch(images, self.value_range)).to(self.device)
        edge = batch.shape[-2:]
        resized = functional.interpolate(batch, (self.size, self.size), mode="bilinear", antialias=True)
        mean, deviation = (torch.tensor(values).view(1, 3, 1, 1).to(self.device) for values in (MEAN, DEVIATION))
        logits = self._logits((resized.repeat(1, 3, 1, 1) - mean) / deviation)
        ours = torch.stack([logits[:, channels].amax(dim=1) for channels in self.channels], dim=1)
        masks: npt.NDArray[np.uint8] = (functional.interpolate(ours, edge, mode="bilinear") > 0).cpu().numpy()
        return masks.astype(np.uint8)

    def _logits(self, inputs: torch.Tensor) -> torch.Tensor:
        found: Any = self.network(inputs)
        logits: torch.Tensor = found["logits"] if isinstance(found, dict) else found
        return logits


class PSPNetExpert(_PublishedAnatomy):
    """The PSPNet of ChestX-Det (Lian et al., IEEE TMI 2021).

    Args:
        path: its official weight file; None looks in the user's cache.
        device: where it runs.
    """

    def __init__(self, path: str | Path | None = None, device: str = "cpu") -> None:
        file = require("pspnet", path)
        module = import_xrayvision().baseline_models.chestx_det
        state = read_state(file)
        structures = module.PSPNet.targets
        parts = (["Left Lung"], ["Right Lung"], ["Heart", "Mediastinum"])
        network = load_strictly(module.pspnet(len(structures)), state, file)
        super().__init__(network, structures, parts, device)


class CXASExpert(_PublishedAnatomy):
    """CXAS (Seibold et al., arXiv 2306.03934), weights under CC BY-NC-SA 4.0.

    Args:
        noncommercial: True says that the use is not commercial; without it nothing is loaded.
        path: its official weight file; None looks in the user's cache.
        device: where it runs.

    Raises:
        InputError: the license was not acknowledged, or the weights are missing or of another network.
    """

    def __init__(self, noncommercial: bool, path: str | Path | None = None, device: str = "cpu") -> None:
        if noncommercial is not True:
            allowed = "noncommercial=True, for uses that are not commercial"
            raise InputError("cxas", f"noncommercial={noncommercial}", allowed, "its weights are CC BY-NC-SA 4.0")
        file = require("cxas", path)
        module = import_xrayvision().baseline_models.chestx_anatomy
        network = module.UNetResNet50(weights=False)
        state = module._remap_state_dict_keys(module._extract_state_dict(read_checkpoint(file)))
        load_strictly(network, state, file)
        parts = (["left lung"], ["right lung"], ["cardiomediastinum"])
        super().__init__(_Inner(network), module.TARGETS, parts, device)


class _Inner(nn.Module):
    """CXAS beneath its own preprocessing."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, inputs: torch.Tensor) -> Any:
        return self.network._forward(inputs)  # type: ignore[operator]
