# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Shapes of findings: as large as asked, round or along the wall, not cut by the zone but by the lung."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage
from skimage.measure import regionprops

from aurad_monai.anatomy.finding_shape import finding_shape
from tests.conftest import ellipse_chest

LUNG = ellipse_chest()[1] > 0
FLAT = np.random.default_rng(0).normal(-4.6, 0.1, LUNG.shape)


def zone(first: int, last: int) -> np.ndarray:
    """Rows of the lung."""
    rows = np.arange(LUNG.shape[0])[:, None]
    return LUNG & (rows >= first) & (rows < last)


@pytest.mark.parametrize("name", ["mass", "pneumothorax"])
def test_size_is_as_asked_and_inside_the_place(name: str) -> None:
    shape = finding_shape(name, FLAT, zone(60, 110), LUNG, 700)
    assert shape.sum() == 700
    assert not (shape & ~LUNG).any()
    assert finding_shape(name, FLAT, LUNG, LUNG, 10**6).sum() == LUNG.sum()


def test_mass_is_round_and_not_cut_by_its_zone() -> None:
    shape = finding_shape("mass", FLAT, zone(100, 125), LUNG, 1200)
    rows, columns = np.nonzero(shape)
    assert 0.7 < np.ptp(rows) / np.ptp(columns) < 1.4
    assert 95 < rows.mean() < 130
    assert rows.min() < 99
    assert rows.max() > 125


@pytest.mark.parametrize("angle", [0, 40, 120])
def test_ellipse_is_as_long_as_the_finding_is_and_lies_along_what_the_network_drew_faintly(angle: int) -> None:
    rows, columns = np.indices((160, 160)) - 80
    turned = np.deg2rad(angle)
    along, across = columns * np.cos(turned) + rows * np.sin(turned), rows * np.cos(turned) - columns * np.sin(turned)
    logits = -6 + 3 * np.exp(-((along / 30) ** 2) - (across / 9) ** 2)
    found = {
        name: regionprops(finding_shape(name, logits, logits > -7, logits > -7, 900).astype(int))[0]
        for name in ("mass", "fibrosis")
    }
    lengths = {name: region.axis_major_length / region.axis_minor_length for name, region in found.items()}
    assert lengths["fibrosis"] > 1.5 * lengths["mass"] > 1.5
    right, down = np.sin(found["fibrosis"].orientation), np.cos(found["fibrosis"].orientation)
    assert abs(right * np.cos(turned) + down * np.sin(turned)) > 0.95


@pytest.mark.parametrize("count", [1, 16, 40, 300, 3000])
def test_a_shape_is_one_piece_of_at_most_the_asked_size(count: int) -> None:
    for seed in range(12):
        logits = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=LUNG.shape), seed % 4)
        shape = finding_shape("fibrosis", logits, LUNG, LUNG, count)
        assert ndimage.label(shape)[1] == 1 and not (shape & ~LUNG).any()
        assert 0.5 * count < shape.sum() <= count


def test_border_of_the_place_neither_draws_nor_repels_an_outline() -> None:
    """Outside of a place logits are far below; what lies beside its border is as likely as what lies in the middle."""
    place = LUNG & (np.arange(LUNG.shape[1])[None] < 66)
    shape = finding_shape("mass", np.where(place, FLAT, -20.0), place, place, 600)
    assert ndimage.label(shape)[1] == 1
    rows, columns = np.nonzero(shape)
    assert 0.5 < np.ptp(rows) / np.ptp(columns) < 2


def test_band_lies_along_the_wall() -> None:
    shape = finding_shape("pneumothorax", FLAT, zone(30, 80), LUNG, 600)
    depth = ndimage.distance_transform_edt(LUNG)
    assert depth[shape].mean() < 6
    assert np.nonzero(shape)[0].mean() < np.nonzero(LUNG)[0].mean()


@pytest.mark.parametrize("name", ["pneumothorax", "pleural_thickening"])
@pytest.mark.parametrize("side", [0, 1])
def test_band_keeps_off_mediastinum_and_diaphragm(name: str, side: int) -> None:
    chest = ellipse_chest()
    lung = chest[side] > 0
    medial = -1 if side == 0 else 1  # the patient's left lung lies on the right of the frame
    rows, columns = np.nonzero(lung)
    for seed in range(4):
        logits = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=lung.shape), 8)
        found_rows, found_columns = np.nonzero(finding_shape(name, 20 * logits - 4.6, lung, lung, 500))
        assert ((found_columns - columns.mean()) * medial < 0.25 * np.ptp(columns)).all()
        below = found_rows > np.quantile(rows, 0.97)
        assert (abs(found_columns[below] - columns.mean()) > 0.15 * np.ptp(columns)).all()


def test_most_probable_place_is_the_middle() -> None:
    logits = FLAT.copy()
    logits[140:150, 70:80] += 3
    rows, columns = np.nonzero(finding_shape("nodule", logits, LUNG, LUNG, 120))
    assert abs(rows.mean() - 145) < 4
    assert abs(columns.mean() - 75) < 4


def test_other_lung_is_left_alone() -> None:
    both = LUNG | (ellipse_chest()[0] > 0)
    shape = finding_shape("pneumothorax", FLAT, LUNG, both & (ellipse_chest()[2] == 0), 900)
    assert not (shape & (ellipse_chest()[0] > 0)).any()


@pytest.mark.parametrize("side", [0, 1])
def test_fluid_fills_the_costophrenic_angle_and_climbs_the_wall(side: int) -> None:
    lung = ellipse_chest()[side] > 0
    small, large = (finding_shape("effusion", FLAT, lung, lung, count) for count in (300, 2500))
    assert not (small & ~large).any() and not (large & ~lung).any()
    rows, columns = np.nonzero(lung)
    assert np.nonzero(small)[0].mean() > np.quantile(rows, 0.9)
    outward = 1 if columns.mean() > lung.shape[1] / 2 else -1
    middle = columns.mean()
    lateral = large & (outward * (np.arange(lung.shape[1]) - middle) > 20)
    medial = large & (outward * (np.arange(lung.shape[1]) - middle) < -20)
    assert np.nonzero(lateral)[0].min() < np.nonzero(medial)[0].min()  # the meniscus stands higher at the wall
