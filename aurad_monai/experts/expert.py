# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Interface of experts: pretrained networks that take a batch of radiographs and predict masks or scores, by target.

Also the check of a batch that every expert makes: shape (B, 1, H, W), finite, in range.
"""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from aurad_monai.errors import InputError

FloatArray = npt.NDArray[np.float32]


@runtime_checkable
class Expert(Protocol):
    """A pretrained network.

    Attributes:
        targets: what it predicts, in the order of its output; a target that it does not know is NaN there.
        value_range: lowest and highest intensity it expects, which `check_batch` enforces.
        size: edge in pixels it works at; other sizes are resized to it.
    """

    targets: tuple[str, ...]
    value_range: tuple[float, float]
    size: int

    def __call__(self, images: FloatArray) -> npt.NDArray[Any]:
        """Images (B, 1, H, W) in `value_range` to masks (B, C, H, W) or scores (B, C)."""
        ...


def check_batch(images: FloatArray, value_range: tuple[float, float]) -> FloatArray:
    """Refuse a batch that is not (B, 1, H, W), finite and in range; every batch is checked, not only the first.

    Raises:
        InputError: says which of the three it is.
    """
    images = np.asarray(images, dtype=np.float32)
    if images.ndim != 4 or images.shape[1] != 1:
        raise InputError("images", images.shape, "shape (B, 1, H, W)")
    if not np.isfinite(images).all():
        raise InputError("images", "NaN or infinity", "finite values")
    low, high = float(images.min()), float(images.max())
    if low < value_range[0] - 1e-4 or high > value_range[1] + 1e-4:
        raise InputError("images", f"values {low:.3g} to {high:.3g}", f"{value_range[0]} to {value_range[1]}")
    return images
