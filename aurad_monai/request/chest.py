# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A sampled chest becomes that of its findings: emphysema is a matter of the whole chest, not of a mask in it.

In: an anatomy (3, H, W) and the resolved findings. Out: the anatomy with large lungs and a low flat floor where there
is emphysema, as it was otherwise. Cardiomegaly widens the heart when its mask is known (`generation/pipeline.py`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from aurad_monai.anatomy.sizes import area_of, quantiles_of
from aurad_monai.lesions.emphysema import inflated
from aurad_monai.prompts.finding import ClinicalFindings, Finding

Mask = npt.NDArray[np.uint8]
EMPHYSEMA = "emphysema"
LUNGS = ("left_lung", "right_lung")
OF_BOTH = 0.5
"""A lung is about half of both, to which the size of a finding refers."""


def chest_of(anatomy: Mask, findings: ClinicalFindings) -> Mask:
    """The anatomy (3, H, W), with the overinflation of an emphysema among the findings."""
    asked = [item for item in findings.present if item.name == EMPHYSEMA]
    if not asked:
        return anatomy
    chest = inflated(np.asarray(anatomy > 0), {lung: _share(asked, lung) for lung in LUNGS})
    return chest.astype(anatomy.dtype)


def _share(asked: Sequence[Finding], lung: str) -> float:
    """How much of a lung is diseased, 0..1."""
    shares = [0.0]
    for item in asked:
        if item.laterality in (None, "bilateral", lung.removesuffix("_lung")):
            middle = float(np.mean(quantiles_of(item.severity))) if item.severity else 0.5
            area = area_of(EMPHYSEMA, middle) if item.percent is None else item.percent / 100
            shares.append(min(area / OF_BOTH, 1.0))
    return max(shares)
