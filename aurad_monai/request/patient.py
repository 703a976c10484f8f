# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""What a prompt leaves open of view, sex and age is drawn by seed, as every radiograph of training has them.

Shares are those of the 4,445 training pairs. A patient token without them is one that the image network has not seen,
and it answers with a mean of all views.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from aurad_monai.prompts.finding import ClinicalFindings

STREAM = 3
"""Tells the draw of a patient apart from those of chest, mask and image under the same seed."""
AP = 0.62
MALE = 0.5
AGE = (43.0, 17.0)
"""Mean and standard deviation in years."""
ADULT = (18, 90)


def drawn_patient(seed: int, asked: ClinicalFindings) -> dict[Any, Any]:
    """The patient that is asked for, the rest drawn by the seed of the case; to name one thing changes no other."""
    rng = np.random.default_rng([seed, STREAM])
    drawn_view = "AP" if rng.random() < AP else "PA"
    drawn_sex = "male" if rng.random() < MALE else "female"
    drawn_age = int(np.clip(round(rng.normal(*AGE)), *ADULT))
    age = drawn_age if asked.age is None else asked.age
    return {"view": asked.view or drawn_view, "sex": asked.sex or drawn_sex, "age": age}
