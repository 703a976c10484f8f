# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A pneumothorax: lung retracted from the wall, a bright pleural line, dark and smooth space behind it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from aurad_monai.lesions.pneumothorax import AddPneumothoraxd, Rays
from tests.conftest import ellipse_chest
from tests.lesions.synthetic_chest import inserted, mask_of


@pytest.fixture(scope="module")
def cases() -> tuple[dict, dict]:
    """A chest before and after a dense pneumothorax on the right."""
    return inserted(AddPneumothoraxd, density=(0.9, 1.0))


def test_space_is_darker_and_smoother_than_the_lung_was(cases: tuple[dict, dict]) -> None:
    before, after = cases
    core = ndimage.binary_erosion(mask_of(after, "pneumothorax"), iterations=4)
    fine = [(data["image"][0] - ndimage.gaussian_filter(data["image"][0], 2))[core].std() for data in cases]
    assert core.sum() > 20
    assert after["image"][0][core].mean() < before["image"][0][core].mean() - 0.03
    assert fine[1] < 0.7 * fine[0]


def test_ribs_stay_as_plain_as_they_were(cases: tuple[dict, dict]) -> None:
    core = ndimage.binary_erosion(mask_of(cases[1], "pneumothorax"), iterations=4)
    rows, columns = np.mgrid[:256, :256] / 256
    ribs = 2 * np.pi * (rows + 0.3 * np.abs(columns - 0.5)) / 0.09  # as the schematic chest has them
    waves = np.stack([np.sin(ribs)[core], np.cos(ribs)[core], np.ones(core.sum())], axis=1)
    plain = []
    for data in cases:
        gray = data["image"][0] - ndimage.gaussian_filter(data["image"][0], 8)
        plain.append(np.hypot(*np.linalg.lstsq(waves, gray[core], rcond=None)[0][:2]))
    assert 0.85 * plain[0] < plain[1] < 1.2 * plain[0]


def test_pleural_line_is_brighter_than_both_sides(cases: tuple[dict, dict]) -> None:
    before, after = cases
    air, lung = mask_of(after, "pneumothorax"), after["anatomy"][1] > 0
    outside = ndimage.distance_transform_edt(~air)
    change = after["image"][0] - before["image"][0]
    kept = lung & ~air & (ndimage.distance_transform_edt(lung) > 6)
    line, inner = change[kept & (outside == 1)].mean(), change[kept & (outside > 5) & (outside < 12)].mean()
    assert line > inner + 0.02
    assert line > change[ndimage.binary_erosion(air, iterations=3)].mean() + 0.1


def test_air_lies_at_the_wall_and_the_cavity_keeps_its_outline(cases: tuple[dict, dict]) -> None:
    before, after = cases
    air, lung = mask_of(after, "pneumothorax"), after["anatomy"][1] > 0
    assert np.array_equal(before["anatomy"], after["anatomy"])
    assert not (air & ~lung).any()
    rows = np.nonzero(air.any(axis=1))[0]
    lateral = [np.nonzero(lung[row])[0].min() == np.nonzero(air[row])[0].min() for row in rows]
    assert np.mean(lateral) > 0.8
    assert (lung & ~air).sum() < lung.sum()


def test_vessels_come_from_farther_out() -> None:
    lung = ellipse_chest()[1] > 0
    rays = Rays(lung, -1)
    lateral = lung.copy()
    lateral[:, 80:] = False
    shrunk = rays.shrinkage(lateral)
    air, sources = rays.space(shrunk, least=1.5), rays.retraction(shrunk)
    grid = np.indices(lung.shape)
    reach = [np.hypot(*(where - rays.center[:, None, None])) for where in (sources, grid)]
    edge = lung & ~air & (ndimage.distance_transform_edt(~air) < 3)
    assert air.any()
    assert (reach[0][edge] > reach[1][edge] + 2).mean() > 0.7
    assert np.allclose(sources[:, ~lung], grid[:, ~lung])


def test_no_air_lies_under_the_lung_or_beside_the_mediastinum() -> None:
    lung = ellipse_chest()[1] > 0
    air = Rays(lung, -1).space(Rays(lung, -1).shrinkage(lung), least=1.5)
    rows, columns = np.nonzero(lung)
    assert not air[rows.max() - 2].any()
    assert not air[int(rows.mean()), columns.max() - 4]
    assert air[int(rows.mean()), columns.min() + 4]
