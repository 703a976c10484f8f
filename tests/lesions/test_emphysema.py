# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Emphysema: lungs that grow, a diaphragm that goes down and flattens, a heart that narrows, fewer vessels."""

from __future__ import annotations

import numpy as np
import pytest

from aurad_monai.lesions.displacement import lung_floor, moved_masks
from aurad_monai.lesions.emphysema import AddEmphysemad, inflation
from tests.conftest import ellipse_chest
from tests.lesions.synthetic_chest import inserted, mask_of


@pytest.fixture(scope="module")
def cases() -> tuple[dict, dict]:
    """A chest before and after severe emphysema."""
    return inserted(AddEmphysemad, density=(0.9, 1.0))


def floor_of(lung: np.ndarray) -> np.ndarray:
    """Lowest row of the inner two thirds of a lung's columns."""
    columns = np.nonzero(lung.any(axis=0))[0]
    inner = columns[len(columns) // 6 : -len(columns) // 6]
    return np.array([np.nonzero(lung[:, column])[0].max() for column in inner])


def test_lungs_grow_downward_and_the_heart_narrows(cases: tuple[dict, dict]) -> None:
    before, after = (data["anatomy"] > 0 for data in cases)
    assert after[:2].sum() > 1.05 * before[:2].sum()
    assert floor_of(after[1]).mean() > floor_of(before[1]).mean() + 8
    assert after[2].any(axis=0).sum() < 0.95 * before[2].any(axis=0).sum()


def test_dome_becomes_flat() -> None:
    anatomy = ellipse_chest() > 0
    rows, columns = np.mgrid[:256, :256]
    anatomy[1] &= rows < 190 + 0.02 * (columns - 76.0) ** 2  # a dome that is high in the middle
    sources = inflation(anatomy, {"left_lung": 1.0, "right_lung": 1.0}, 1.0)
    domes = []
    for lung in (anatomy[1], moved_masks(anatomy, sources)[1]):
        floor = lung_floor(lung, -1)[0]
        domes.append((floor[48:64].max() + floor[90:106].max()) / 2 - floor[76])
    assert domes[0] > 8
    assert domes[1] < 0.7 * domes[0]


def test_lung_is_darker_and_has_fewer_vessels(cases: tuple[dict, dict]) -> None:
    mask = mask_of(cases[1], "emphysema") & ~(cases[1]["anatomy"][2] > 0)
    before, after = (data["image"][0] for data in cases)
    inner = mask & (cases[0]["anatomy"][1] > 0)
    assert after[inner].mean() < before[inner].mean() - 0.05
    assert (
        np.abs(np.diff(after, axis=1))[:, :][inner[:, 1:]].mean() < np.abs(np.diff(before, axis=1))[inner[:, 1:]].mean()
    )


def test_mask_is_the_whole_enlarged_lung(cases: tuple[dict, dict]) -> None:
    mask, lung = mask_of(cases[1], "emphysema"), cases[1]["anatomy"][1] > 0
    assert (mask & lung).sum() > 0.95 * lung.sum()
    assert not (mask & ~(cases[1]["anatomy"][:2] > 0).any(axis=0)).any()
