# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Built-in findings expert: localizes each finding of the vocabulary in a radiograph and scores its presence.

Takes images (B, 1, H, W) in [0, 1]; gives probability maps (B, findings, H, W) and scores (B, findings).
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional

from aurad_monai import vocabulary
from aurad_monai.bundles.bundle import open_bundle
from aurad_monai.errors import InputError
from aurad_monai.experts.expert import FloatArray, check_batch


class FindingsExpert:
    """Predicts findings pixel by pixel.

    Args:
        network: (B, 1, H, W) in [0, 1] to logits (B, findings, H, W), channels in `vocabulary.FINDING_NAMES` order.
        device: where it runs.
        unknown: findings the network was not trained on; their maps and scores are NaN.
        top_share: share of a map's pixels, the most probable ones, whose mean is the score.
    """

    targets = vocabulary.FINDING_NAMES
    value_range = (0.0, 1.0)
    size = 256

    def __init__(
        self,
        network: nn.Module,
        device: torch.device | str = "cpu",
        unknown: Collection[str] = (),
        top_share: float = 0.002,
    ) -> None:
        if not 0 < top_share <= 1:
            raise InputError("top_share", top_share, "above 0, at most 1")
        self.network = network.to(device).eval()
        self.device = device
        self.unknown = [vocabulary.channel(name) for name in unknown]
        self.top_share = top_share

    @classmethod
    def from_bundle(cls, bundle_root: str | Path, device: torch.device | str = "cpu") -> FindingsExpert:
        """The expert of a filter bundle, as the filter has it."""
        expert: FindingsExpert = open_bundle(bundle_root, device=torch.device(device)).get("findings_expert")
        return expert

    @torch.no_grad()
    def __call__(self, images: FloatArray) -> FloatArray:
        """Args: (B, 1, H, W) in [0, 1]. Returns probability maps (B, findings, H, W) float32, NaN where unknown."""
        batch = torch.from_numpy(check_batch(images, self.value_range)).to(self.device)
        edge = (batch.shape[-2], batch.shape[-1])
        resized = functional.interpolate(batch, (self.size, self.size), mode="bilinear", antialias=True)
        maps: FloatArray = functional.interpolate(self.network(resized).sigmoid(), edge, mode="bilinear").cpu().numpy()
        if maps.shape[1] != len(self.targets):
            raise InputError("findings_network", maps.shape[1], f"{len(self.targets)} output channels")
        maps[:, self.unknown] = np.nan
        return maps

    def scores(self, maps: FloatArray) -> npt.NDArray[np.float32]:
        """Probability that each finding is anywhere in the image.

        The maximum of a map depends on one pixel and its mean hides a small nodule, so the score is the mean of the
        `top_share` most probable pixels: 0.2%, 131 pixels of 256 x 256, about the area of a nodule.

        Args:
            maps: (B, findings, H, W) from `__call__`.

        Returns:
            (B, findings) in [0, 1], NaN where the map is.
        """
        flat = maps.reshape(*maps.shape[:2], -1)
        count = max(1, round(self.top_share * flat.shape[-1]))
        top = np.partition(flat, -count, axis=-1)[..., -count:]
        scores = np.asarray(top.mean(axis=-1, dtype=np.float32))
        scores[np.isnan(flat).any(axis=-1)] = np.nan
        return scores
