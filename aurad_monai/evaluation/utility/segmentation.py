# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Utility, segmentation: a small U-Net trained on one condition, Dice on real test cases.

Takes labeled images; gives Dice and scores a case.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import torch
from monai.losses import DiceCELoss
from monai.metrics import compute_dice
from monai.networks.nets import UNet
from torch import nn

from aurad_monai.evaluation.utility.experiment import LabeledImages, TrainConfig, case_outcomes
from aurad_monai.evaluation.utility.training import fit


def small_unet() -> nn.Module:
    """0.7M parameters: more would only learn the few cases of the smallest cells by heart.

    Batches are normalized, not instances: standardized one by one, a chest with and one without an opacity look alike,
    and nothing is learned in the steps of a recipe.
    """
    return UNet(2, 1, 1, channels=(16, 32, 64, 128, 128), strides=(2, 2, 2, 2), norm="BATCH")


def train(data: LabeledImages, config: TrainConfig, seed: int, begun: Any = None) -> nn.Module:
    """Train a U-Net on the cases; `begun` is a network that was trained before."""
    cases = [{"image": i, "label": m} for i, m in zip(data.images, data.labels, strict=True)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # one channel needs no softmax, which the loss mentions each time
        network: nn.Module = fit(
            lambda: begun or small_unet(), cases, DiceCELoss(sigmoid=True, batch=True), config, seed
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
