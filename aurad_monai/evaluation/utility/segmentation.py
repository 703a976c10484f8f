# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Utility, segmentation: a linear layer on a frozen backbone, trained on one condition; Dice on real cases.

Takes labeled images; gives Dice and scores a case.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import torch
from monai.losses import DiceCELoss
from monai.metrics import compute_dice
from torch import nn
from torch.nn import functional

from aurad_monai.evaluation.utility.backbone import Backbone, Standardized
from aurad_monai.evaluation.utility.experiment import LabeledImages, TrainConfig, case_outcomes
from aurad_monai.evaluation.utility.training import fit

DROPOUT = 0.3
"""Share of features left out in a step."""


class Segmenter(nn.Module):
    """Logits of a mask: a linear layer on the features of all strides at each cell of the finest.

    Each stride is weighted before it is enlarged, which gives the same logits sooner than enlarging all its features. A
    pyramid with more to learn had the few cases of the smallest conditions by heart (Dice 0.03 in place of 0.2).

    Args:
        backbone: frozen features.
    """

    def __init__(self, backbone: Backbone) -> None:
        super().__init__()
        self.features, self.leave_out = Standardized(backbone), nn.Dropout2d(DROPOUT)
        self.head = nn.Conv2d(sum(backbone.channels), 1, 1)
        self.channels = backbone.channels

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """(B, 1, S, S) of images (B, 1, S, S)."""
        levels, weights, bias = self.features(images), self.head.weight.split(self.channels, 1), self.head.bias
        assert bias is not None
        weighted = [functional.conv2d(self.leave_out(x), w) for x, w in zip(levels, weights, strict=True)]
        logits = torch.stack([enlarged(x, levels[0].shape[-1]) for x in weighted]).sum(0) + bias
        return enlarged(logits, images.shape[-1])


def enlarged(level: torch.Tensor, edge: int) -> torch.Tensor:
    """A level (B, C, h, w) at another edge, bilinear."""
    return functional.interpolate(level, (edge, edge), mode="bilinear", align_corners=False)


def train(data: LabeledImages, config: TrainConfig, seed: int, backbone: Backbone, begun: Any = None) -> nn.Module:
    """Train a segmenter on the cases; `begun` is a network that was trained before."""
    cases = [{"image": i, "label": m} for i, m in zip(data.images, data.labels, strict=True)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # one channel needs no softmax, which the loss mentions each time
        network: nn.Module = fit(
            lambda: begun or Segmenter(backbone), cases, DiceCELoss(sigmoid=True, batch=True), config, seed
        )
    return network


@torch.no_grad()
def assess(network: nn.Module, data: LabeledImages, batch: int = 32) -> dict[str, Any]:
    """Dice of every case that has the finding, and of all the mean of the most probable 1% of pixels, for an AUROC."""
    images = torch.from_numpy(data.images)
    probability = torch.cat([network(images[i : i + batch]).sigmoid() for i in range(0, len(images), batch)])
    dice = compute_dice((probability >= 0.5).float(), torch.from_numpy(data.labels)).numpy()[:, 0]
    flat = probability.flatten(1)
    scores = flat.topk(max(1, flat.shape[1] // 100), dim=1).values.mean(dim=1).numpy()
    return {
        "score": "Dice",
        **case_outcomes(data, data.positive, scores),
        "values": [round(float(value), 5) for value in np.nan_to_num(dice)],
    }
