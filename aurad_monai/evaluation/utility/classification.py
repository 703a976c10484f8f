# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Utility, classification: a linear layer on a frozen backbone, trained on one condition; AUROC on real cases.

Takes labeled images; gives scores a case. Real cases need no masks: image-level labels of a datalist are used where it
has them (`datasets/presence.py`), else masks give the label.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from torch import nn

from aurad_monai import vocabulary
from aurad_monai.datasets.presence import presence
from aurad_monai.evaluation.utility import experiment
from aurad_monai.evaluation.utility.backbone import Backbone
from aurad_monai.evaluation.utility.experiment import LabeledImages, TrainConfig, case_outcomes
from aurad_monai.evaluation.utility.paired import AUROC
from aurad_monai.evaluation.utility.training import fit
from aurad_monai.io.case_set import CaseSet, ChosenCases, DatalistCases

DROPOUT = 0.5
"""Share of features left out in a step: there are more of them than real cases."""
SMALLEST_DEVIATION = 1e-3
"""Of a feature, so that one that is the same in all cases is not enlarged."""


class Classifier(nn.Module):
    """One logit an image: a linear layer on means and maxima of frozen features.

    Args:
        backbone: frozen features, no part of the classifier.
    """

    mean: torch.Tensor
    deviation: torch.Tensor

    def __init__(self, backbone: Backbone) -> None:
        super().__init__()
        self._backbone = (backbone,)  # in a tuple, where a module does not look for parts of its own
        features = 2 * sum(backbone.channels)
        self.head = nn.Sequential(nn.Dropout(DROPOUT), nn.Linear(features, 1))
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("deviation", torch.ones(features))

    def standardized_to(self, images: torch.Tensor) -> Classifier:
        """Itself, with features that have mean 0 and deviation 1 over these images (N, 1, S, S)."""
        features = self._backbone[0].pooled(images)
        self.mean, self.deviation = features.mean(0), features.std(0, correction=0).clamp_min(SMALLEST_DEVIATION)
        return self

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """(B, 1) of images (B, 1, S, S)."""
        features = self._backbone[0].pooled(images)
        logits: torch.Tensor = self.head((features - self.mean) / self.deviation)
        return logits


def read_as(case: Mapping[str, Any], finding: str) -> bool | None:
    """Whether a case of a datalist is read to have a finding, as for NIH's: what labels do not name is not there.

    None where nobody read it, where a box was drawn though labels say "No Finding", and where labels may mean it.
    """
    labels = str(case.get("labels") or "")
    if case.get("rsna_class") == "Normal" or (labels == "No Finding" and not case.get("boxes")):
        return False
    if labels in ("", "No Finding"):
        return None
    there = presence(case)[vocabulary.channel(finding)]
    return False if math.isnan(there) else True if there >= 0.5 else None


def load_labeled_images(
    cases: CaseSet,
    finding: str,
    size: int,
    max_cases: int = 0,
    name: str = "cases",
    owners: Mapping[str, str] = MappingProxyType({}),
) -> LabeledImages:
    """As `experiment.load_labeled_images`, but cases with other findings count as well.

    Readings of a datalist stand for masks: labels are all 1 or all 0.
    """
    if not isinstance(cases, DatalistCases) or not any("labels" in case for case in cases.listed):
        return experiment.load_labeled_images(cases, finding, size, max_cases, name, owners=owners, others=True)
    readings = [read_as(case, finding) for case in cases.listed]
    known = [index for index, there in enumerate(readings) if there is not None]
    shown = [bool(readings[index]) for index in known]
    return experiment.load_labeled_images(ChosenCases(cases, known), finding, size, max_cases, name, shown, owners)


def train(data: LabeledImages, config: TrainConfig, seed: int, backbone: Backbone, begun: Any = None) -> nn.Module:
    """Train a network on the cases; their masks say only whether there is one; `begun` was trained before."""
    images, present = torch.from_numpy(data.images), data.positive.astype(np.float32)[:, None]
    cases = [{"image": i, "label": p} for i, p in zip(data.images, present, strict=True)]
    network: nn.Module = fit(
        lambda: (begun or Classifier(backbone)).standardized_to(images), cases, nn.BCEWithLogitsLoss(), config, seed
    )
    return network


@torch.no_grad()
def assess(network: nn.Module, data: LabeledImages) -> dict[str, Any]:
    """The probability of the finding in every case."""
    scores = network(torch.from_numpy(data.images)).sigmoid()[:, 0]
    return {"score": AUROC, **case_outcomes(data, data.positive, scores.numpy())}
