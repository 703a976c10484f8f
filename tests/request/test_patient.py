# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np

from aurad_monai.prompts.finding import ClinicalFindings
from aurad_monai.request.patient import AP, MALE, drawn_patient


def test_what_is_given_stays_and_changes_nothing_else() -> None:
    drawn = drawn_patient(7, ClinicalFindings())
    assert drawn == drawn_patient(7, ClinicalFindings())
    other = "PA" if drawn["view"] == "AP" else "AP"
    assert drawn_patient(7, ClinicalFindings(view=other)) == {**drawn, "view": other}
    assert drawn_patient(7, ClinicalFindings(age=3)) == {**drawn, "age": 3}


def test_shares_are_those_of_the_training_pairs() -> None:
    patients = [drawn_patient(seed, ClinicalFindings()) for seed in range(2000)]
    assert abs(np.mean([one["view"] == "AP" for one in patients]) - AP) < 0.04
    assert abs(np.mean([one["sex"] == "male" for one in patients]) - MALE) < 0.04
    assert 41 < np.mean([one["age"] for one in patients]) < 46
