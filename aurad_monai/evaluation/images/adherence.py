# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Anatomy adherence: Dice between the requested structures and those an expert segments in the image.

Takes images (N, 1, H, W) and anatomy masks (N, C, H, W); gives Dice (N, C).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from monai.metrics import compute_dice

from aurad_monai.experts.expert import Expert


def structure_dice(
    images: npt.NDArray[np.float32], anatomy: npt.NDArray[np.generic], expert: Expert
) -> npt.NDArray[np.float64]:
    """Dice of every structure.

    Args:
        images: (N, 1, H, W) in [0, 1].
        anatomy: (N, C, H, W), 0 or 1, what was asked.
        expert: segments images into the same C structures.

    Returns:
        (N, C); NaN where a structure was not asked for.
    """
    predicted = np.concatenate([expert(images[i : i + 8]) for i in range(0, len(images), 8)])
    requested = torch.from_numpy((np.asarray(anatomy) > 0).astype(np.float32))
    dice: npt.NDArray[Any] = compute_dice(torch.from_numpy(predicted.astype(np.float32)), requested).numpy()
    return dice.astype(np.float64)
