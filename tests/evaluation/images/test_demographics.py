# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""View, sex and age: a request that shows in the features is found, one that does not is chance."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from aurad_monai.case import Case
from aurad_monai.errors import InputError
from aurad_monai.evaluation.images.demographics import AGE, SEX, VIEW, Demographics, demographic_adherence
from aurad_monai.evaluation.measure import Batch, Measured
from aurad_monai.prompts.finding import ClinicalFindings


def test_records_become_numbers() -> None:
    patients = [ClinicalFindings((), "PA", "female", 70), ClinicalFindings((), "AP", "male"), ClinicalFindings(())]
    found = Demographics()(Batch([Case(str(i), resolved=patient) for i, patient in enumerate(patients)]))
    np.testing.assert_array_equal(found["demographics"], [[1, 1, 70], [0, 0, np.nan], [np.nan] * 3])


def measured(patients: npt.NDArray[np.float64], visible: npt.NDArray[np.float64], seed: int) -> Measured:
    """A set whose first feature shows the sex and whose second shows nothing."""
    noise = np.random.default_rng(seed).normal(0, 0.3, (len(patients), 2))
    values = {"features/one": np.stack([visible, np.zeros(len(patients))], 1) + noise, "demographics": patients}
    return Measured(tuple(map(str, range(len(patients)))), values, "", {}, tuple(range(len(patients))))


def patients(count: int, seed: int) -> npt.NDArray[np.float64]:
    rng = np.random.default_rng(seed)
    found = np.full((count, 3), np.nan)
    found[:, VIEW], found[:, SEX] = rng.integers(0, 2, (2, count))
    found[: count // 2, AGE] = rng.integers(20, 90, count // 2)
    return found


def test_what_shows_is_found_and_what_does_not_is_chance() -> None:
    train, real, made = (patients(n, seed) for n, seed in ((200, 0), (80, 1), (100, 2)))
    sets = [measured(part, part[:, SEX], seed) for seed, part in enumerate((made, real, train))]
    rows = {row.group: row for row in demographic_adherence(*sets)}
    assert list(rows) == ["PA view", "female", "60 years or older"]
    assert rows["female"].value[0] > 0.95 and rows["female"].real[0] > 0.95 and rows["female"].count == 100
    assert rows["PA view"].value[0] < 0.7 and rows["60 years or older"].count == 50
    ignored = measured(made, np.roll(made[:, SEX], 1), 3)  # images of other patients than requested
    assert {r.group: r for r in demographic_adherence(ignored, *sets[1:])}["female"].value[0] < 0.7


def test_training_images_of_unknown_patients_are_refused() -> None:
    unknown = measured(np.full((30, 3), np.nan), np.zeros(30), 0)
    with pytest.raises(InputError, match="view, sex and age"):
        demographic_adherence(unknown, unknown, unknown)
