# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The built-in anatomy expert: both lungs and the cardiomediastinum of a radiograph, for asking and for judging."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional

from aurad_monai import vocabulary
from aurad_monai.anatomy.region import smooth_region
from aurad_monai.bundles import open_bundle
from aurad_monai.experts.expert import FloatArray, check_batch


class AnatomyExpert:
    """Segment radiographs into `vocabulary.ANATOMY_NAMES`.

    Args:
        network: (B, 1, H, W) in [0, 1] to logits (B, 3, H, W).
        device: where it runs.
    """

    targets = vocabulary.ANATOMY_NAMES
    value_range = (0.0, 1.0)
    size = 256

    def __init__(self, network: nn.Module, device: torch.device | str = "cpu") -> None:
        self.network = network.to(device).eval()
        self.device = device

    @classmethod
    def from_bundle(cls, bundle_root: str | Path, device: torch.device | str = "cpu") -> AnatomyExpert:
        """Open the expert of a filter bundle."""
        return cls(open_bundle(bundle_root).get("network"), device)

    @torch.no_grad()
    def __call__(self, images: FloatArray) -> npt.NDArray[np.uint8]:
        """Args: images (B, 1, H, W) in [0, 1]. Returns (B, 3, H, W) uint8, each structure one region without holes."""
        batch = torch.from_numpy(check_batch(images, self.value_range)).to(self.device)
        edge = batch.shape[-2:]
        resized = functional.interpolate(batch, (self.size, self.size), mode="bilinear", antialias=True)
        logits = functional.interpolate(self.network(resized), edge, mode="bilinear").cpu().numpy()
        return np.stack([[smooth_region(channel) for channel in case] for case in logits]).astype(np.uint8)
