# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Built-in anatomy expert: segments both lungs and the cardiomediastinum of a frontal chest radiograph.

Takes images (B, 1, H, W) in [0, 1]; gives masks (B, 3, H, W) in `vocabulary.ANATOMY_NAMES` order, and features.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional

from aurad_monai import vocabulary
from aurad_monai.anatomy.region import smooth_region
from aurad_monai.bundles.bundle import open_bundle
from aurad_monai.experts.expert import FloatArray, check_batch
from aurad_monai.experts.features import LayerFeatures


class AnatomyExpert:
    """Segment radiographs into `vocabulary.ANATOMY_NAMES`.

    Args:
        network: (B, 1, H, W) in [0, 1] to logits (B, 3, H, W).
        device: where it runs.
        feature_layer: layer of the network whose output is returned as features; None gives none.
    """

    targets = vocabulary.ANATOMY_NAMES
    value_range = (0.0, 1.0)
    size = 256

    def __init__(
        self, network: nn.Module, device: torch.device | str = "cpu", feature_layer: str | None = None
    ) -> None:
        self.network = network.to(device).eval()
        self.device = device
        self._features = LayerFeatures(self.network, feature_layer) if feature_layer else None

    @classmethod
    def from_bundle(cls, bundle_root: str | Path, device: torch.device | str = "cpu") -> AnatomyExpert:
        """Open the expert of a filter bundle."""
        bundle = open_bundle(bundle_root, device=str(device))
        return cls(bundle.get("network"), device, bundle.parser.get("anatomy_expert", {}).get("feature_layer"))

    def predict_with_features(self, images: FloatArray) -> tuple[npt.NDArray[np.uint8], FloatArray | None]:
        """Masks as from `__call__` and features as from `features`, in one forward pass."""
        anatomy = self(images)
        return anatomy, self._pooled()

    @torch.no_grad()
    def features(self, images: FloatArray) -> FloatArray | None:
        """Args: images (B, 1, H, W) in [0, 1]. Returns features (B, F), None where no layer was named."""
        self._logits(images)
        return self._pooled()

    @torch.no_grad()
    def __call__(self, images: FloatArray) -> npt.NDArray[np.uint8]:
        """Args: images (B, 1, H, W) in [0, 1]. Returns (B, 3, H, W) uint8, each structure one region without holes."""
        edge = images.shape[-2:]
        logits = functional.interpolate(self._logits(images), edge, mode="bilinear").cpu().numpy()
        return np.stack([[smooth_region(channel) for channel in case] for case in logits]).astype(np.uint8)

    def _logits(self, images: FloatArray) -> torch.Tensor:
        batch = torch.from_numpy(check_batch(images, self.value_range)).to(self.device)
        resized = functional.interpolate(batch, (self.size, self.size), mode="bilinear", antialias=True)
        logits: torch.Tensor = self.network(resized)
        return logits

    def _pooled(self) -> FloatArray | None:
        pooled = self._features.latest if self._features else None
        return None if pooled is None else pooled.numpy()
