# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""After an autoencoder in validation: take the reconstruction from its output, an image in range or a binary mask."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from monai.transforms.transform import Transform


class Reconstructiond(Transform):
    """Bring `pred`, what a latent space gave back, into the range of its data.

    Args:
        threshold: logits above it become 1; None keeps an image and clamps it to [0, 1].
    """

    def __init__(self, threshold: float | None = None) -> None:
        self.threshold = threshold

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        case = dict(data)
        reconstruction = case["pred"]
        clamped = reconstruction.clamp(0, 1)
        case["pred"] = clamped if self.threshold is None else (reconstruction > self.threshold).to(clamped.dtype)
        return case
