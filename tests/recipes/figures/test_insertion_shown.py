# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Figures of inserted lesions: shares, effects and pairs worked out by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aurad_monai.lesions.effusion import AddEffusiond
from aurad_monai.vocabulary import FINDING_NAMES
from recipes.figures.insertion_shown import figures, log_odds, pairs_of, sheet
from tests.lesions.synthetic_chest import case, library


def brightness(films: np.ndarray) -> dict[str, np.ndarray]:
    """A referee to which a bright film has everything."""
    return {name: films.mean(axis=(1, 2)) for name in FINDING_NAMES}


def test_figures_by_hand() -> None:
    normal = np.array([0.0, 2.0, 4.0])
    found = figures(np.array([0.0, 2.0]), np.array([1.0, 1.0]), normal, np.array([6.0, 6.0]))
    assert found["shown"] == 0.5
    assert found["effect"] == 0
    assert found["real_effect"] == pytest.approx(4 / normal.std())
    assert found["real_auroc"] == 1
    assert found["low"] < 0.5 < found["high"]
    assert np.isnan(figures(normal, normal, normal, np.zeros(0))["real_effect"])


def test_pairs_differ_where_the_mask_is_and_come_again_by_seed() -> None:
    transform = AddEffusiond(library())
    first, again = (list(pairs_of(transform, [case(128), case(128)], 3, seed=4)) for _ in range(2))
    assert len(first) == 3
    for (index, film, mask), (_, other, _) in zip(first, again, strict=True):
        assert index in (0, 1)
        assert np.array_equal(film, other)
        assert np.abs(film - case(128)["image"][0])[mask].mean() > 0.05
    odds = log_odds(brightness, [case(128)["image"][0], first[0][1]], batch=1)["effusion"]
    assert odds[1] > odds[0]


def test_sheet_has_a_row_a_pair(tmp_path: Path) -> None:
    film = case(128)["image"][0]
    mask = np.zeros((128, 128), dtype=bool)
    mask[40:60, 40:60] = True
    sheet([[film, film, film], [film, film]], [mask, mask], tmp_path / "sheets" / "effusion.png")
    with Image.open(tmp_path / "sheets" / "effusion.png") as picture:
        assert picture.size == (4 * 440, 2 * 440)
        assert np.ptp(np.asarray(picture)[:440, 880:1320], axis=2).max() > 50, "no outline"
