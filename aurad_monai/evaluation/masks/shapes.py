# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Shape statistics of masks, their Wasserstein distance to real masks, and a classifier two-sample test (C2ST).

Takes masks; gives features (N, 7), a distance and an AUROC (0.5 = indistinguishable).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.stats import wasserstein_distance
from skimage.measure import label, perimeter_crofton, regionprops

from aurad_monai import vocabulary
from aurad_monai.evaluation.masks.sampled_masks import SampledMask

FEATURES = ("area", "eccentricity", "solidity", "roughness", "components", "x", "y")
FloatArray = npt.NDArray[np.float64]


def shape_features(masks: Sequence[SampledMask]) -> tuple[FloatArray, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Statistics of every finding of every mask.

    Returns:
        Features (N, 7): area as a fraction of the lungs (logarithm), eccentricity, solidity, boundary roughness
        (logarithm of perimeter by that of a disk of equal area), number of connected parts, and the position of the
        center in the box around both lungs (0 to 1). Then channel (N,) and index of the mask (N,).
    """
    rows, channels, owners = [], [], []
    for owner, mask in enumerate(masks):
        top, left, height, width = mask.lung_frame()
        lungs = int(mask.lungs.sum())
        for name in mask.names:
            shape = mask.shape(name)
            region = regionprops(shape.astype(np.uint8))[0]
            y, x = region.centroid
            rows.append(
                (
                    np.log(region.area / lungs),
                    region.eccentricity,
                    region.solidity,
                    np.log(max(perimeter_crofton(shape), 1.0) / (2 * np.sqrt(np.pi * region.area))),
                    float(label(shape).max()),
                    (x - left) / width,
                    (y - top) / height,
                )
            )
            channels.append(vocabulary.channel(name))
            owners.append(owner)
    return np.array(rows).reshape(-1, len(FEATURES)), np.array(channels, np.int64), np.array(owners, np.int64)


def shape_distance(
    first: FloatArray, channels: npt.NDArray[np.int64], other: FloatArray, others: npt.NDArray[np.int64]
) -> float:
    """Distance of two sets of shapes: Wasserstein-1 of each feature in units of its deviation, mean over features.

    Findings are compared with themselves and weigh as often as they occur in `other`; those with fewer than ten shapes
    on either side are left out.

    Args:
        first: (N, 7).
        channels: (N,).
        other: (M, 7), the reference.
        others: (M,) its channels.
    """
    distances, weights = [], []
    for channel in np.unique(others):
        a, b = first[channels == channel], other[others == channel]
        if min(len(a), len(b)) < 10:
            continue
        scale = b.std(axis=0).clip(min=0.05)
        distances.append(np.mean([wasserstein_distance(a[:, k], b[:, k]) / scale[k] for k in range(a.shape[1])]))
        weights.append(len(b))
    return float(np.average(distances, weights=weights)) if weights else float("nan")


def c2st_auroc(
    first: tuple[FloatArray, npt.NDArray[np.int64], npt.NDArray[np.int64]],
    second: tuple[FloatArray, npt.NDArray[np.int64], npt.NDArray[np.int64]],
    seed: int = 0,
) -> float:
    """AUROC of a classifier that tells two sets of shapes apart: 0.5 when it cannot, 1 when it always can, NaN for few.

    A random forest on the features and the finding, five folds by mask, with as many shapes of each finding from either
    set, so that it cannot win by how often findings occur.
    """
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import GroupKFold, cross_val_predict

    rng = np.random.default_rng(seed)
    chosen: tuple[list[int], list[int]] = ([], [])
    for channel in range(len(vocabulary.FINDINGS)):
        indices = [np.flatnonzero(part[1] == channel) for part in (first, second)]
        count = min(len(available) for available in indices)
        for kept, available in zip(chosen, indices, strict=True):
            kept.extend(rng.choice(available, count, replace=False).tolist())
    data, labels, groups = [], [], []
    for target, (part, kept) in enumerate(zip((first, second), chosen, strict=True)):
        finding = np.eye(len(vocabulary.FINDINGS))[part[1][kept]]
        data.append(np.concatenate([part[0][kept], finding], axis=1))
        labels += [target] * len(kept)
        groups += [2 * int(owner) + target for owner in part[2][kept]]
    if len(set(groups)) < 20:  # too few masks to learn from and to be tested on
        return float("nan")
    forest = RandomForestClassifier(300, min_samples_leaf=3, random_state=seed, n_jobs=1)
    score = cross_val_predict(
        forest, np.concatenate(data), labels, groups=groups, cv=GroupKFold(5), method="predict_proba"
    )
    return float(roc_auc_score(labels, score[:, 1]))
