# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Flags on a real radiograph that a site may want to look at before it trains on it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from aurad_monai.case import Case
from aurad_monai.filtering.criteria.criterion import ExpertPredictions
from aurad_monai.filtering.criteria.frontal_radiograph import FrontalRadiograph

FATAL = ("smaller_lung", "order", "readable")
"""Flags with which there is no anatomy to condition on; such a radiograph is kept out of the datalist."""


def flags(image: npt.NDArray[np.float32], predictions: ExpertPredictions, burned_in: bool = False) -> list[str]:
    """What is odd about a radiograph.

    Args:
        image: (1, H, W) in [0, 1].
        predictions: what the experts see in it.
        burned_in: whether its tags say that text is burned into it.

    Returns:
        Of contrast, white, black, readable, smaller_lung, larger_lung, order (see `FrontalRadiograph`), burned_in.
    """
    case = Case("", image=image, anatomy=predictions.anatomy, pathology=np.zeros_like(predictions.maps, dtype=np.uint8))
    judged = FrontalRadiograph().evaluate(case, predictions)
    found = [result.criterion.split(".")[1] for result in judged if not result.passed]
    return found + (["burned_in"] if burned_in else [])
