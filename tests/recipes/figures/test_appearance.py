# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""How a finding looks at its mask: what is filled, blurred or even is measured so, and a table tells sets apart."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from aurad_monai.case import Case
from aurad_monai.vocabulary import FINDING_NAMES, channel
from recipes.figures import appearance
from tests.lesions.synthetic_chest import case

CHEST = case()
IMAGE = CHEST["image"].astype(np.float64)[0]
ANATOMY = CHEST["anatomy"] > 0
AERATED = ANATOMY[:2].any(axis=0) & ~ANATOMY[2]
rows, columns = np.indices(IMAGE.shape)
MASK = AERATED & (np.hypot(rows - 125, columns - 77) < 22)
OPACITY, CONTRAST, UNEVENNESS, FINE, MIDDLE, COARSE = range(6)


def figures(image: np.ndarray, mask: np.ndarray = MASK) -> np.ndarray:
    found = appearance.figures_of(image, ANATOMY, mask, mask)
    assert found is not None
    return found


def filled(share: float) -> np.ndarray:
    """The chest with a share of the way to soft tissue added under the mask."""
    air, soft = IMAGE[AERATED & ~MASK].mean(), IMAGE[ANATOMY[2]].mean()
    return IMAGE + share * (soft - air) * MASK


def test_opacity_and_contrast_say_how_much_of_the_way_to_soft_tissue_is_filled() -> None:
    plain, half, solid = (figures(filled(share)) for share in (0, 0.5, 1))
    for which in (OPACITY, CONTRAST):
        assert half[which] - plain[which] == pytest.approx(0.5, abs=0.03)
        assert solid[which] - plain[which] == pytest.approx(1, abs=0.05)


def test_what_is_blurred_or_made_even_has_less_texture() -> None:
    plain = figures(IMAGE)
    assert plain[FINE] == pytest.approx(1, abs=0.15)
    blurred = figures(np.where(MASK, ndimage.gaussian_filter(IMAGE, 2), IMAGE))
    assert blurred[FINE] < 0.4 * plain[FINE] and blurred[COARSE] > 0.8 * plain[COARSE]
    even = figures(np.where(MASK, IMAGE[MASK].mean(), IMAGE))
    assert even[UNEVENNESS] < 0.01 < plain[UNEVENNESS]


def test_nothing_is_said_of_specks_or_without_a_heart() -> None:
    speck = np.zeros_like(MASK)
    speck[120:123, 70:73] = True
    assert appearance.figures_of(IMAGE, ANATOMY, speck, speck) is None
    heartless = ANATOMY.copy()
    heartless[2] = False
    assert appearance.figures_of(IMAGE, heartless, MASK, MASK) is None


def cases(share: float, seed: int) -> list[Case]:
    """Chests with a consolidation of about that density, each with grain of its own."""
    pathology = np.zeros((len(FINDING_NAMES), *MASK.shape), np.uint8)
    pathology[channel("consolidation")] = MASK
    rng, made = np.random.default_rng(seed), []
    for number in range(24):
        image = filled(share + 0.1 * rng.standard_normal()) + 0.01 * rng.standard_normal(MASK.shape)
        image = np.clip(image, 0, 1).astype(np.float32)[None]
        made.append(Case(str(number), image=image, anatomy=CHEST["anatomy"], pathology=pathology))
    return made


def test_a_set_that_is_too_dense_is_told_from_films_and_films_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sets = {"dense": cases(0.9, 0), "films": cases(0.3, 1), "alike": cases(0.3, 2)}
    monkeypatch.setattr(appearance, "open_cases", lambda name, section="": sets[name])
    appearance.main("dense", "films", str(tmp_path / "table.csv"), "alike")
    with (tmp_path / "table.csv").open(encoding="utf-8", newline="") as stream:
        table = {line["set"]: line for line in csv.DictReader(stream)}
    told = {name: float(line["told from films"].split()[0]) for name, line in table.items()}
    assert told["generated"] > 0.95 and told["films"] < 0.75 and told["alike"] < 0.75
    assert table["generated"]["cases"] == "24"
    middle = {name: float(line["opacity"].split()[0]) for name, line in table.items()}
    assert middle["generated"] - middle["films"] == pytest.approx(0.6, abs=0.12)
