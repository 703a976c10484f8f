# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Privacy audit: nearest training image by perceptual descriptor, planted copies, membership inference by loss.

Takes synthetic, training and held-out real images; gives `MetricResult` rows. Held-out images are the null
distribution.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from aurad_monai.evaluation.measure import Batch, Measured
from aurad_monai.evaluation.metric_result import MetricResult, mean_result
from aurad_monai.experts.anatomy import AnatomyExpert
from aurad_monai.filtering.corruptions import COPIES
from aurad_monai.filtering.memorization.copy_index import CopyIndex
from aurad_monai.filtering.memorization.perceptual_descriptor import WHOLE, descriptors, lung_box
from aurad_monai.io.case_set import CaseSet
from aurad_monai.statistics import auroc, statistic_interval

FAMILY = "privacy"
MEMBERSHIP = "membership inference"
LEVEL = 0.99
"""Quantile of the similarity of held-out images; synthetic images above it count as too near."""
LEVELS = (LEVEL, 0.999)
"""Quantiles reported. At 0.999 the threshold is close to the maximum of a few hundred held-out images."""


def index_of(train: CaseSet, expert: AnatomyExpert) -> CopyIndex:
    """Copy index of training images, cropped to the lungs that the expert segments."""
    ids, around, whole = [], [], []
    for number in tqdm(range(len(train)), desc="index", unit="case", mininterval=2):
        case = train[number]
        if case.image is not None:
            image = np.clip(case.image, 0, 1)
            ids.append(case.id)
            around.append(descriptors(image, lung_box(expert(image[None])[0]))[0])
            whole.append(descriptors(image, WHOLE)[0])
    return CopyIndex(ids, np.stack(around), np.stack(whole))


class NearestTrain:
    """A measure: `nearest` (B,), correlation with the most similar training image, however it was shifted or flipped.

    Args:
        index: of the training images.
        expert: finds the lungs of a query.
    """

    def __init__(self, index: CopyIndex, expert: AnatomyExpert) -> None:
        self.index, self.expert = index, expert
        content = hashlib.sha256(repr(index.ids).encode() + index.frames.tobytes() + index.lungs.tobytes()).hexdigest()
        self.identity = f"nearest 1 {content}"

    def __call__(self, batch: Batch) -> Mapping[str, npt.NDArray[np.float64]]:
        anatomy = batch.predictions(self.expert)
        pairs = zip(batch.images, anatomy, strict=True)
        return {"nearest": np.array([self.index.nearest(image, predicted).similarity for image, predicted in pairs])}


def nearness(synthetic: Measured, unseen: Measured) -> list[MetricResult]:
    """Nearest-neighbor audit.

    Args:
        synthetic: with `nearest`.
        unseen: the same of held-out real images, the null distribution.
    """
    near, null = synthetic.values["nearest"], unseen.values["nearest"]
    auroc_interval = statistic_interval(auroc, (near, null), 500)
    metrics = [mean_result(FAMILY, "similarity to the nearest training image", near, null, better="not above real")]
    for level in LEVELS:
        limit = float(np.quantile(null, level))
        metrics.append(
            mean_result(
                FAMILY,
                f"share nearer than {100 * level:g}% of held-out real images",
                (near > limit).astype(float),
                (null > limit).astype(float),
                better="lower",
                note=f"similarity above {limit:.3f}",
            )
        )
    return [
        *metrics,
        MetricResult(
            FAMILY, "nearer than held-out real images, AUROC", auroc_interval, len(near), note="0.5: not nearer"
        ),
    ]


def planted_copies(
    train: CaseSet, index: CopyIndex, expert: AnatomyExpert, unseen: Measured, count: int = 20, seed: int = 0
) -> list[MetricResult]:
    """Control of the audit: the share of disguised copies of training images that it detects."""
    limit = float(np.quantile(unseen.values["nearest"], LEVEL))
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(len(train))[:count]
    images = [np.clip(case.image, 0, 1) for case in (train[int(i)] for i in chosen) if case.image is not None]
    metrics = []
    for name, hide in tqdm(COPIES.items(), desc="planted copies", unit="kind"):
        found = [_is_found(hide(image, rng), index, expert, limit) for image in images]
        metrics.append(mean_result(FAMILY, "planted copies found", np.array(found), None, name, "higher"))
    return metrics


def _is_found(image: npt.NDArray[np.floating[Any]], index: CopyIndex, expert: AnatomyExpert, limit: float) -> float:
    picture = np.clip(np.asarray(image, dtype=np.float32), 0, 1)
    return float(index.nearest(picture, expert(picture[None])[0]).similarity > limit)


def membership(members: npt.ArrayLike, others: npt.ArrayLike, remark: str = "") -> MetricResult:
    """Loss-based membership inference (Carlini et al., USENIX Security 2023, in its simplest form).

    Args:
        members: the generator's loss on images it was trained on.
        others: the same on images it was not trained on.
        remark: for the note.
    """
    sets = [-np.asarray(part, dtype=np.float64) for part in (members, others)]
    value = statistic_interval(auroc, sets, 1000)
    note = "0.5: losses do not reveal members; as many held-out images" + remark
    return MetricResult(FAMILY, f"{MEMBERSHIP} by loss, AUROC", value, len(sets[0]), note=note)
