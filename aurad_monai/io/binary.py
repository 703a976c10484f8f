# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""What counts as a mask: 0 and 1, 0 and one other value, probabilities, or the smooth edge of a resized mask.

In: numbers of any type and scale. Out: 0 and 1, cut at half of their range; what is no mask is refused.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from aurad_monai.errors import InputError

SOFT = 0.9
"""Part of the pixels other than 0 that lie above half of the range, where only the edge of a resized mask is soft."""
MAX_LABEL = 64
"""Several values up to this are the labels of a label map, not the edge of a mask."""
NEARLY = 1e-3
"""How far below 0 and above 1 a probability may lie."""
ALLOWED = "0 and 1, 0 and one other value, or probabilities"


def binarize(values: npt.NDArray[Any], path: str | Path, argument: str = "masks") -> npt.NDArray[np.uint8]:
    """A mask, or several together, as uint8 0 and 1 of the same shape.

    Two values are a mask whatever they are scaled to (0 and 255, 0 and 0.0039, 0 and 256). Numbers of 0 to 1 are cut at
    0.5. Others are cut at half of their range where they are a mask but for its edge.

    Args:
        values: of any shape.
        path: named by errors.
        argument: likewise.

    Raises:
        InputError: values are negative, not finite, labels, or so low that nothing would be left of them.
    """
    top = float(values.max(initial=0))
    if values.dtype == np.uint8 and top <= 1:
        return np.asarray(values)
    low = float(values.min()) if values.size else 0.0
    if not (np.isfinite(low) and np.isfinite(top)) or low < -NEARLY * max(1.0, top):
        raise _no_mask(f"{path} with values {low:.3g} to {top:.3g}", argument)
    if top == 0:
        return np.zeros(values.shape, dtype=np.uint8)
    some = values[values > NEARLY * top]
    if low >= (1 - NEARLY) * top and top != 1:
        raise _no_mask(f"{path} with values {low:.3g} to {top:.3g} and no background", argument)
    if some.min() >= (1 - NEARLY) * top:
        return np.asarray(values > top / 2, dtype=np.uint8)
    if top > 1 + NEARLY:
        if top <= MAX_LABEL or (some > top / 2).mean() < SOFT:
            raise _no_mask(f"{path} with several values up to {top:.6g}", argument)
        return np.asarray(values >= top / 2, dtype=np.uint8)
    if top < 0.5:
        raise _no_mask(f"{path} with probabilities up to {top:.3g}, all below 0.5", argument)
    return np.asarray(values >= 0.5, dtype=np.uint8)


def _no_mask(value: str, argument: str) -> InputError:
    return InputError(argument, value, ALLOWED, "give one mask a finding, 0 and 1", reason="no mask")
