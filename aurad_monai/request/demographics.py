# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""View, sex and age of a request, sampled from the training distribution where the prompt does not say them.

In: the request and a generator. Out: the request with view, sex and age. The image network was trained with all three
set, so a missing one would be a condition that it has never seen.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from aurad_monai.prompts.finding import ClinicalFindings

AP = 0.42
MALE = 0.55
AGE = (49.5, 16.3)
"""Mean and standard deviation in years; all are of the 2,633 films of adults that were trained on
(`python -m recipes.default_data demographics`)."""
ADULT = (18, 90)


def sample_demographics(requested: ClinicalFindings, rng: np.random.Generator) -> ClinicalFindings:
    """The request with view, sex and age; what it says stays, and saying one changes no other."""
    view = "AP" if rng.random() < AP else "PA"
    sex = "male" if rng.random() < MALE else "female"
    age = int(np.clip(round(rng.normal(*AGE)), *ADULT))
    return replace(
        requested,
        view=requested.view or view,
        sex=requested.sex or sex,
        age=age if requested.age is None else requested.age,
    )
