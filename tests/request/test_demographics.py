# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""View, sex and age are sampled as in training where a prompt does not say them; what it says stays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from aurad_monai.prompts.finding import ClinicalFindings, Finding
from aurad_monai.request.demographics import sample_demographics


def sampled(seed: int, requested: ClinicalFindings = ClinicalFindings()) -> ClinicalFindings:  # noqa: B008  (frozen)
    return sample_demographics(requested, np.random.default_rng(seed))


def test_what_is_given_stays_and_changes_nothing_else() -> None:
    first = sampled(7)
    assert first == sampled(7)
    other = "PA" if first.view == "AP" else "AP"
    assert sampled(7, ClinicalFindings(view=other)) == replace(first, view=other)
    assert sampled(7, ClinicalFindings(age=3)) == replace(first, age=3)
    mass = (Finding("mass"),)
    assert sampled(7, ClinicalFindings(mass)) == replace(first, findings=mass)


def test_shares_are_those_of_the_films_trained_on() -> None:
    patients = [sampled(seed) for seed in range(2000)]
    assert abs(np.mean([one.view == "AP" for one in patients]) - 0.42) < 0.04
    assert abs(np.mean([one.sex == "male" for one in patients]) - 0.55) < 0.04
    assert 48 < np.mean([one.age for one in patients]) < 52
