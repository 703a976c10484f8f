# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Obuchowski-Rockette analysis against published values of Van Dyke's study (OR-DBM MRMC 2.51, University of Iowa)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from aurad_monai.readers.mrmc import (
    Analysis,
    auc,
    compare_sets,
    equivalence,
    obuchowski_rockette,
    sensitivity_index,
    share,
    share_difference,
)

PUBLISHED_AUC = [
    [0.91964573, 0.85877617, 0.90386473, 0.97310789, 0.82979066],
    [0.94782609, 0.90531401, 0.92173913, 0.99935588, 0.92995169],
]
NEAR = 1e-8


def van_dyke() -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Ratings (2, 5, 114) and truth."""
    content = json.loads((Path(__file__).parent / "van_dyke.json").read_text(encoding="utf-8"))
    pairs = [(reader["normal"] + " " + reader["diseased"]).split() for reader in content["readers"]]
    ratings = np.array([[[int(pair[treatment]) for pair in reader] for reader in pairs] for treatment in (0, 1)])
    return ratings, np.r_[np.zeros(69), np.ones(45)]


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    return obuchowski_rockette(*van_dyke())


def test_areas_are_those_published(analysis: Analysis) -> None:
    np.testing.assert_allclose(analysis.merits, PUBLISHED_AUC, atol=NEAR)


def test_mean_squares_and_covariances_are_those_published(analysis: Analysis) -> None:
    np.testing.assert_allclose(analysis.mean_squares, (0.00479617, 0.00383620, 0.00055103), atol=NEAR)
    found = (analysis.cov1, analysis.cov2, analysis.cov3, analysis.error_variance)
    np.testing.assert_allclose(found, (0.00034661, 0.00034407, 0.00023903, 0.00080229), atol=NEAR)
    np.testing.assert_allclose(analysis.error_by_treatment, (0.00101410, 0.00059047), atol=NEAR)
    np.testing.assert_allclose(analysis.cov2_by_treatment, (0.00048396, 0.00020419), atol=NEAR)


def test_intervals_and_tests_are_those_published(analysis: Analysis) -> None:
    value, freedom, chance = analysis.test()
    assert (value, freedom, chance) == pytest.approx((4.46, 15.26, 0.0517), abs=5e-3)
    assert chance == pytest.approx(0.0517, abs=5e-5)
    np.testing.assert_allclose(analysis.difference(), (-0.04380, -0.08796, 0.00036), atol=5e-6)
    np.testing.assert_allclose(analysis.treatment(0), (0.89703704, 0.82522360, 0.96885048), atol=NEAR)
    np.testing.assert_allclose(analysis.treatment(1), (0.94083736, 0.89413783, 0.98753689), atol=NEAR)
    errors = [analysis.treatment_error(index)[1:] for index in (0, 1)]
    np.testing.assert_allclose(errors, [(0.03317360, 12.74), (0.02156637, 12.71)], atol=5e-3)


def test_area_is_that_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    ratings, truth = rng.integers(1, 6, 60), rng.integers(0, 2, 60)
    assert float(auc(ratings, truth)) == pytest.approx(roc_auc_score(truth, ratings))


def test_shares_and_sensitivity_index_by_hand() -> None:
    ratings, truth = np.array([2, -1, 3, -4, -5, 1]), np.array([1, 1, 1, 0, 0, 0])
    assert float(share(1)(ratings, truth)) == pytest.approx(2 / 3)
    assert float(share_difference(ratings, truth)) == pytest.approx(1 / 3)
    expected = stats.norm.ppf(2.5 / 4) - stats.norm.ppf(1.5 / 4)
    assert float(sensitivity_index(ratings, truth)) == pytest.approx(expected)


def test_one_reader_has_an_interval_over_cases() -> None:
    ratings, truth = van_dyke()
    alone = obuchowski_rockette(ratings[:1, :1], truth)
    value, low, high = alone.treatment()
    assert value == pytest.approx(0.91964573, abs=NEAR) and low < value < high
    assert high - low == pytest.approx(2 * 1.959964 * np.sqrt(alone.error_by_reader[0, 0]), rel=1e-6)


def test_equivalence_needs_a_small_difference_and_a_small_error() -> None:
    assert equivalence(0.0, 0.02, 20, 0.1) < 0.001
    assert equivalence(0.0, 0.2, 20, 0.1) > 0.2
    assert equivalence(0.2, 0.02, 20, 0.1) > 0.99
    assert equivalence(0.03, 0.04, 9, 0.1) == pytest.approx(
        max(stats.t.sf(0.13 / 0.04, 9), stats.t.cdf(-0.07 / 0.04, 9))
    )


def test_sets_that_share_their_films_have_the_covariances_of_delong() -> None:
    """Sets of their own cases: by hand, from the placements of every case among those of the other kind."""
    rng = np.random.default_rng(3)
    shared, sets = rng.normal(size=(2, 12)), [rng.normal(0.7, 1, (2, 9)), rng.normal(0.2, 1, (2, 15))]
    found = compare_sets(sets, shared)
    wins = [(own[:, :, None] > shared[:, None]).astype(float) for own in sets]
    areas = np.array([[w.mean() for w in part] for part in wins])
    np.testing.assert_allclose(found.merits, areas)
    of_shared = np.array([[w.mean(axis=0) for w in part] for part in wins])  # (sets, readers, films)
    left = of_shared - areas[:, :, None]
    shared_part = np.einsum("irk,jsk->irjs", left, left) / (12 * 11)
    own_part = np.zeros((2, 2, 2, 2))
    for number, part in enumerate(wins):
        own = np.array([w.mean(axis=1) for w in part]) - areas[number][:, None]
        own_part[number, :, number] = own @ own.T / (own.shape[1] * (own.shape[1] - 1))
    whole = shared_part + own_part
    assert found.cov1 == pytest.approx(np.mean([whole[0, r, 1, r] for r in (0, 1)]))
    assert found.cov3 == pytest.approx(np.mean([whole[0, 0, 1, 1], whole[0, 1, 1, 0]]))
    assert found.error_variance == pytest.approx(np.mean([whole[i, r, i, r] for i in (0, 1) for r in (0, 1)]))
    np.testing.assert_allclose(found.cov2_by_treatment, [whole[i, 0, i, 1] for i in (0, 1)])


def test_one_set_is_the_same_readers_and_cases_as_before() -> None:
    ratings, truth = van_dyke()
    alone = compare_sets([ratings[0][:, truth == 1]], ratings[0][:, truth == 0])
    whole = obuchowski_rockette(ratings[:1], truth)
    np.testing.assert_allclose(alone.merits, whole.merits)
    np.testing.assert_allclose(alone.treatment(), whole.treatment(), atol=1e-3)  # strata, not one sample


@pytest.mark.parametrize(("apart", "least", "most"), [(0.0, 0, 10), (1.0, 80, 100)])
def test_equal_sets_differ_rarely_and_unequal_ones_often(apart: float, least: int, most: int) -> None:
    """A nominal level of 5 in 100; a difference of 1.0 (AUROC 0.62 and 0.84) is found by six readers of 30 cases."""
    rng, found = np.random.default_rng(11), 0
    for _ in range(100):
        skill = rng.normal(0, 0.1, (3, 6, 1))
        parts = [
            rng.normal(mean, 0.6, (1, 30)) + rng.normal(0, 0.8, (6, 30)) + own
            for mean, own in zip((0.4, 0.4 + apart, 0.0), skill, strict=True)
        ]
        found += compare_sets(parts[:2], parts[2]).test()[2] < 0.05
    assert least <= found <= most


def test_sets_that_all_rate_alike_are_equal() -> None:
    same = np.ones((3, 4))
    assert compare_sets([same, same], same).test()[2] == 1.0
