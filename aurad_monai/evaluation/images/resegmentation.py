# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Condition adherence by resegmentation: experts segment the image; their masks are compared with the requested ones.

Takes batches of cases with masks; gives Dice, surface distance, scores and attribute adherence, by case.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from monai.metrics import compute_average_surface_distance, compute_dice

from aurad_monai import vocabulary
from aurad_monai.anatomy.findings_from_masks import findings_from_masks
from aurad_monai.case import Case
from aurad_monai.evaluation.masks.attribute_adherence import AttributeAdherence
from aurad_monai.evaluation.masks.sampled_masks import MIN_PIXELS
from aurad_monai.evaluation.measure import Batch
from aurad_monai.experts.expert import Expert
from aurad_monai.experts.findings import FindingsExpert
from aurad_monai.io.case_set import has_masks

ATTRIBUTES = ("present", "side", "zone", "severity_error")
Masks = npt.NDArray[np.bool_]


class Resegmentation:
    """A measure of cases with masks; NaN for those without, and for what was not asked.

    Args:
        anatomy_expert: gives structures (B, 3, H, W).
        findings_expert: gives probability maps (B, findings, H, W) and their scores.
        weights: hashes of both, for the identity.
        threshold: probability from which a pixel counts as finding.
    """

    def __init__(
        self, anatomy_expert: Expert, findings_expert: FindingsExpert, weights: str, threshold: float = 0.5
    ) -> None:
        self.anatomy_expert, self.findings_expert, self.threshold = anatomy_expert, findings_expert, threshold
        self.identity = f"resegmentation 2 {weights} {threshold}"

    def __call__(self, batch: Batch) -> Mapping[str, npt.NDArray[np.float64]]:
        """`structure_dice`, `structure_distance` (B, 3); `finding_dice`, `finding_distance`, `requested`, `scores`
        (B, findings); and each of `ATTRIBUTES` (B,), mean over the findings of a case. Distances in pixels."""
        structures = batch.predictions(self.anatomy_expert)
        maps = batch.predictions(self.findings_expert)
        scores = self.findings_expert.scores(maps)
        rows = [self._case(case, structures[i] > 0, maps[i], scores[i]) for i, case in enumerate(batch.cases)]
        return {key: np.stack([row[key] for row in rows]) for key in rows[0]}

    def _case(
        self, case: Case, structures: Masks, maps: npt.NDArray[np.float32], scores: npt.NDArray[np.float32]
    ) -> dict[str, npt.NDArray[np.float64]]:
        findings, anatomy = len(vocabulary.FINDING_NAMES), len(vocabulary.ANATOMY_NAMES)
        row: dict[str, Any] = {f"structure_{part}": np.full(anatomy, np.nan) for part in ("dice", "distance")}
        row |= {f"finding_{part}": np.full(findings, np.nan) for part in ("dice", "distance")}
        row |= {"requested": np.full(findings, np.nan), "scores": scores.astype(np.float64)}
        row |= {name: np.asarray(np.nan) for name in ATTRIBUTES}
        if case.anatomy is not None and case.anatomy.any():
            row["structure_dice"], row["structure_distance"] = overlap(structures, case.anatomy > 0)
        if not has_masks(case):
            return row
        assert case.anatomy is not None and case.pathology is not None
        known = np.isfinite(maps).all(axis=(1, 2))
        predicted: Masks = (np.nan_to_num(maps) >= self.threshold) & np.asarray(known)[:, None, None]
        row["finding_dice"], row["finding_distance"] = overlap(predicted, case.pathology > 0)
        row["requested"] = (case.pathology.reshape(findings, -1).sum(axis=1, dtype=np.int64) >= MIN_PIXELS).astype(
            float
        )
        for name in ("finding_dice", "finding_distance"):
            row[name][~known | (row["requested"] == 0)] = np.nan
        row |= _attribute_adherence(case.pathology, predicted.astype(np.uint8), case.anatomy)
        return row


def overlap(predicted: Masks, requested: Masks) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Dice and mean symmetric surface distance (pixels) of masks (C, H, W), both by MONAI.

    Dice is NaN where nothing was asked; the distance also where nothing is seen, for there is no surface then.
    """
    found, target = (torch.from_numpy(part.astype(np.float32))[None] for part in (predicted, requested))
    dice = compute_dice(found, target).numpy()[0].astype(np.float64)
    distance = np.full(len(predicted), np.nan)
    for channel in np.flatnonzero(predicted.any(axis=(1, 2)) & requested.any(axis=(1, 2))):
        one, other = (part[:, channel : channel + 1] for part in (found, target))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # MONAI warns that one channel is no one-hot encoding
            apart = compute_average_surface_distance(one, other, include_background=True, symmetric=True)
        distance[channel] = float(apart)
    return dice, distance


def _attribute_adherence(
    requested: npt.NDArray[np.uint8], predicted: npt.NDArray[np.uint8], anatomy: npt.NDArray[np.uint8]
) -> dict[str, npt.NDArray[np.float64]]:
    """Whether what the masks ask is seen, on its side, in its zone, and how far its severity is off (0 to 3)."""
    adherence = AttributeAdherence()
    adherence.add(findings_from_masks(requested, anatomy), predicted, anatomy)
    means = {}
    for name in ATTRIBUTES:
        values = getattr(adherence, name)
        means[name] = np.asarray(float(np.mean(values)) if values else np.nan)
    return means
