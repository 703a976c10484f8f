# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Patients are known again by what their films share; copies are found, strangers are not."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import ndimage

from aurad_monai.case import Case
from aurad_monai.errors import InputError
from aurad_monai.evaluation.images.reidentification import (
    TWIN_NEARER,
    TWIN_PLANTED,
    TWIN_POWER,
    TWIN_SHARE,
    TwinFeatures,
    learn,
    reidentification,
)
from aurad_monai.evaluation.measure import Measured, measure
from aurad_monai.experts.efficientnet_lite import EfficientNetLite
from tests.evaluation.images.test_privacy import Anatomy

OTHER = 0.35
"""Share of a film that is its own and not its patient's."""


def films(patients: int, each: int, seed: int) -> tuple[list[Case], list[str]]:
    """Smooth textures: what films of one patient share, and what is of one film alone."""
    rng = np.random.default_rng(seed)
    made, owners = [], []
    for patient in range(patients):
        body = ndimage.gaussian_filter(rng.normal(size=(64, 64)), 2)
        for film in range(each):
            other = ndimage.gaussian_filter(rng.normal(size=(64, 64)), 2)
            mixed = (1 - OTHER) * body + OTHER * other
            image = np.clip(0.5 + 0.2 * mixed / mixed.std(), 0, 1).astype(np.float32)
            made.append(Case(f"{seed}_{patient}_{film}", image=image[None]))
            owners.append(f"{seed}_{patient}")
    return made, owners


@pytest.fixture(scope="module")
def features() -> TwinFeatures:
    torch.manual_seed(0)
    return TwinFeatures(EfficientNetLite("lite0"), Anatomy(), "untrained")  # type: ignore[arg-type]


def test_patients_are_known_again_and_copies_are_found(features: TwinFeatures) -> None:
    train, whose = films(24, 2, 0)
    unseen, others = films(30, 2, 1)
    looked = [measure(cases, [features], "set") for cases in (train, unseen)]
    owners = {"train": whose, "reference": others}
    honest, _ = films(20, 1, 2)
    thief = train[:10]
    rows = [
        {
            (row.name, row.group): row
            for row in reidentification(
                measure(made, [features], "made"), looked[1], looked[0], owners, train, features
            )
        }
        for made in (honest, thief)
    ]
    power = rows[0][TWIN_POWER, ""]
    assert power.value[0] > 0.9 and power.count == 30 + 5 and "learned from 19 patients" in power.note
    assert rows[0][TWIN_PLANTED, "exact"].value[0] == rows[0][TWIN_PLANTED, "flipped"].value[0] == 1
    assert rows[0][TWIN_SHARE, ""].value[0] < 0.2 and rows[1][TWIN_SHARE, ""].value[0] == 1
    assert 0.2 < rows[0][TWIN_NEARER, ""].value[0] < 0.8 and rows[1][TWIN_NEARER, ""].value[0] == 1
    shared = {"train": whose, "reference": [*whose[:2], *others[2:]]}  # two films of a training patient are no null
    again = reidentification(looked[1], looked[1], looked[0], shared, train, features)
    assert {row.name: row for row in again}[TWIN_SHARE].real_count == 58


def test_what_films_of_a_patient_share_is_learned() -> None:
    """Ten numbers tell patients apart, ninety louder ones tell films apart."""
    rng = np.random.default_rng(0)

    def some(patients: int) -> np.ndarray:
        body = np.repeat(rng.normal(size=(patients, 10)), 2, axis=0)
        rows = np.concatenate(
            [body + 0.1 * rng.normal(size=body.shape), 3 * rng.normal(size=(2 * patients, 90))], axis=1
        )
        return np.stack([rows, rows], axis=1).astype(np.float32)

    seen, new = some(300), some(60)
    twin = learn(seen, [str(i // 2) for i in range(600)], seen[:2], ["0", "0"])
    assert twin.patients == 300
    similar = twin.similarity(new, new)
    np.fill_diagonal(similar, -1)
    right = (similar.argmax(axis=1) == (np.arange(120) ^ 1)).mean()
    raw = new[:, 0] @ new[:, 0].T
    np.fill_diagonal(raw, -np.inf)
    assert right > 0.3 > 3 * (raw.argmax(axis=1) == (np.arange(120) ^ 1)).mean()


def test_sets_that_answer_nothing_are_refused(features: TwinFeatures) -> None:
    train, whose = films(8, 1, 5)
    looked = measure(train, [features], "train")
    with pytest.raises(InputError, match="films of other patients"):
        reidentification(looked, looked, looked, {"train": whose, "reference": whose}, train, features)
    few = measure(train[:7], [features], "few")
    owners = {"train": whose[:7], "reference": ["other"] * 8}
    with pytest.raises(InputError, match="at least 8"):
        reidentification(looked, looked, few, owners, train[:7], features)


def test_without_patients_of_several_films_copies_are_learned_from(features: TwinFeatures) -> None:
    train, whose = films(12, 1, 3)
    looked: Measured = measure(train, [features], "train")
    unseen, others = films(6, 1, 4)
    owners = {"train": whose, "reference": others}
    rows = reidentification(looked, measure(unseen, [features], "unseen"), looked, owners, train, features)
    power = rows[0]
    assert power.name == TWIN_POWER and np.isnan(power.value[0]) and "learned from 0 patients" in power.note
