# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The anatomy prior of bundle 1, from the chests of the training radiographs.

Takes the folder that step `anatomy` wrote; writes anatomy_prior.safetensors into the mask bundle. Chests whose lungs
are far from what is usual, such as those that leak into the stomach or were hardly found, are left out and counted.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from aurad_monai.anatomy.prior import AnatomyPrior, distance_maps
from aurad_monai.bundles.bundle import enter_hash
from aurad_monai.io.datalist import load_channels, read_datalist
from recipes.experts.anatomy import shape

USUAL = 3.5
"""Largest distance from the median that is usual, in standard deviations by the median absolute deviation."""
SD_OF_MAD = 1.4826


def measures(anatomy: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """Logarithms of the areas of lungs and mediastinum of (3, H, W), the shape of each lung, the mediastinum's ends."""
    planes = anatomy.astype(bool)
    areas, rows = np.log(planes.mean(axis=(1, 2)) + 1e-4), [np.flatnonzero(plane.any(axis=1)) for plane in planes]
    if not all(map(len, rows)):
        return np.full(len(areas) + 2 + shape(planes[:2]).size, -np.inf)
    lungs, middle = np.concatenate(rows[:2]), rows[2]
    ends = np.array([middle.min() - lungs.min(), middle.max() - lungs.max()]) / anatomy.shape[1]
    return np.concatenate([areas, ends, shape(planes[:2]).ravel()])


def usual(found: npt.NDArray[np.float64], farthest: float = USUAL) -> npt.NDArray[np.bool_]:
    """Which rows of measures (N, M) are usual in all of them: no farther from the median, see `USUAL`."""
    found = np.where(np.isfinite(found).all(axis=1, keepdims=True), found, 1e9)
    middle = np.median(found, axis=0)
    spread = SD_OF_MAD * np.median(abs(found - middle), axis=0) + 0.01
    return np.asarray((abs(found - middle) <= farthest * spread).all(axis=1))


def prior(anatomies: str, weights: str = "bundles/cxr_mask_latent_diffusion/models/anatomy_prior.safetensors") -> None:
    """Fit the anatomy prior to the training chests that step `anatomy` wrote."""
    chests = [load_channels(Path(case["anatomy"])) for case in read_datalist(anatomies)]
    kept = usual(np.stack([measures(chest) for chest in chests]))
    print(f"{int(kept.sum())} of {len(kept)} chests are usual")
    maps = np.stack([distance_maps(chest) for chest, keep in zip(chests, kept, strict=True) if keep])
    AnatomyPrior.fit(maps).save(weights)
    enter_hash(Path(weights))
