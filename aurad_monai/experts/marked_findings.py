# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Does a radiograph show a finding where a mask has it? An expert that is told where to look.

Takes images (B, 1, H, W) in [0, 1] and masks (B, findings, H, W); gives logits (B, findings). What a frozen image
network sees inside a mask, against a ring around it, goes to a logistic regression a finding, which learned from
readers' marks on their own films against the same places of other films without the finding.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional

from aurad_monai.errors import InputError
from aurad_monai.experts.efficientnet_lite import EfficientNetLite
from aurad_monai.experts.expert import FloatArray, check_batch
from aurad_monai.experts.findings_network import at_size
from aurad_monai.traced import Traced
from aurad_monai.vocabulary import FINDING_NAMES

STAGES = (2, 3, 4, 6)
"""Whose features are looked at: strides 8, 16, 16 and 32."""
SIZE = 256
"""Edge in pixels that images are resized to."""
LIMIT = 5.0
"""Of a feature, in deviations."""
LEAST = 1e-3
"""Cells that an empty mask counts as."""
COVERED = 0.3
"""Share of a cell from which on it is not in the ring."""


class MarkedHead(nn.Module):
    """Features of marked places to logits.

    Args:
        scale: of the EfficientNet-Lite that gives the features.
        findings: outputs, in the order of `vocabulary.FINDING_NAMES`.
    """

    mean: torch.Tensor
    deviation: torch.Tensor
    known: torch.Tensor

    def __init__(self, scale: str = "lite0", findings: int = len(FINDING_NAMES)) -> None:
        super().__init__()
        channels = EfficientNetLite(scale).channels
        width = 3 * sum(channels[stage] for stage in STAGES)
        self.linear = nn.Linear(width, findings)
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("deviation", torch.ones(width))
        self.register_buffer("known", torch.zeros(findings))

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Logits (..., findings) of features (..., D); those of findings that are not `known` say nothing."""
        standard = ((features - self.mean) / self.deviation).clamp(-LIMIT, LIMIT)
        logits: torch.Tensor = self.linear(standard)
        return logits


class MarkedNetwork(nn.Module):
    """Logits of findings at their masks.

    Args:
        scale: of the EfficientNet-Lite, whose weights stay those of ImageNet.
        findings: outputs, in the order of `vocabulary.FINDING_NAMES`.
    """

    def __init__(self, scale: str = "lite0", findings: int = len(FINDING_NAMES)) -> None:
        super().__init__()
        self.backbone, self.head = EfficientNetLite(scale), MarkedHead(scale, findings)
        self.size = SIZE

    def forward(self, packed: torch.Tensor) -> torch.Tensor:
        """Args: image and masks (B, 1 + findings, H, W), all in [0, 1]. Returns logits (B, findings).

        That of an empty mask says nothing.
        """
        resized = at_size(packed, SIZE)
        seen = self.backbone(resized[:, :1])
        features = described([seen[stage] for stage in STAGES], resized[:, 1:])
        logits: torch.Tensor = self.head(features).diagonal(dim1=1, dim2=2)
        return logits

    def __prepare_scriptable__(self) -> nn.Module:
        """As in `FindingsNetwork`."""
        return Traced(self, (2, 1 + self.head.linear.out_features, SIZE + 32, SIZE + 32))


class MarkedFindings:
    """Whether images show findings at their masks.

    Args:
        network: fitted by `recipes.experts.marked`.
        device: where it runs.
    """

    def __init__(self, network: MarkedNetwork, device: torch.device | str = "cpu") -> None:
        self.network, self.device = network.to(device).eval(), device

    @torch.no_grad()
    def __call__(self, images: FloatArray, masks: npt.NDArray[np.generic]) -> npt.NDArray[np.float32]:
        """Logits that each finding is seen at its mask.

        Args:
            images: (B, 1, H, W) in [0, 1].
            masks: (B, findings, H, W), 0 where the finding is not; they may be larger or smaller than the images.

        Returns:
            (B, findings), NaN where a mask is empty or the expert does not know the finding.

        Raises:
            InputError: masks of another number of images or findings.
        """
        wanted = (len(images), self.network.head.linear.out_features)
        if masks.ndim != 4 or masks.shape[:2] != wanted:
            raise InputError("masks", masks.shape, f"{wanted} and two edges")
        batch = torch.from_numpy(check_batch(images, (0.0, 1.0))).to(self.device)
        marked = torch.from_numpy(np.asarray(masks, dtype=bool)).to(self.device)
        some = marked.any(-1).any(-1) & (self.network.head.known > 0)
        if not some.any():
            return np.full(wanted, np.nan, dtype=np.float32)
        packed = torch.cat([at_size(batch, SIZE), at_size(marked.to(batch.dtype), SIZE)], 1)
        found: npt.NDArray[np.float32] = self.network(packed).masked_fill(~some, torch.nan).cpu().numpy()
        return found


def described(levels: Sequence[torch.Tensor], masks: torch.Tensor) -> torch.Tensor:
    """Features of marked places (B, M, D): means inside, means inside less means of a ring, maxima inside.

    Args:
        levels: feature maps (B, C, h, w), one of each of `STAGES`.
        masks: (B, M, H, W) in [0, 1], H and W multiples of h and w.
    """
    found = []
    for level in levels:
        inside = functional.avg_pool2d(masks, masks.shape[-1] // level.shape[-1])
        reach = 2 if level.shape[-1] >= SIZE // 16 else 1
        ring = functional.max_pool2d((inside > 0).to(inside.dtype), 2 * reach + 1, 1, reach) * (inside <= COVERED)
        strength = (inside / inside.amax((2, 3), keepdim=True).clamp(min=LEAST)).clamp(min=0).sqrt()
        mean = _mean(level, inside)
        found += [mean, mean - _mean(level, ring), (level[:, None] * strength[:, :, None]).amax((3, 4))]
    return torch.cat(found, 2)


def _mean(level: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """(B, M, C) of a level (B, C, h, w) and weights (B, M, h, w)."""
    total = weight.sum((2, 3)).clamp(min=LEAST)
    return torch.einsum("bchw,bmhw->bmc", level, weight) / total[:, :, None]
