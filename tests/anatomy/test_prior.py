# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from aurad_monai.anatomy.prior import AnatomyPrior, distance_maps
from aurad_monai.errors import InputError


def _chest(shift: int, width: int) -> npt.NDArray[np.uint8]:
    """Two rectangular lungs with a heart between them, moved and widened."""
    anatomy = np.zeros((3, 128, 128), dtype=np.uint8)
    anatomy[0, 30:100, 70 + shift : 70 + shift + width] = 1
    anatomy[1, 30:100, 50 + shift - width : 50 + shift] = 1
    anatomy[2, 60:105, 50 + shift : 78 + shift] = 1
    return anatomy


@pytest.fixture(scope="module")
def prior() -> AnatomyPrior:
    chests = [_chest(shift, width) for shift in (-8, -4, 0, 4, 8) for width in (24, 28, 32, 36)]
    return AnatomyPrior.fit(np.stack([distance_maps(chest) for chest in chests]), components=4)


def test_distance_is_positive_inside_and_negative_outside() -> None:
    maps = distance_maps(_chest(0, 30))
    assert maps.shape == (3, 64, 64)
    assert maps[0, 30, 42] > 0 > maps[0, 30, 20]


def test_samples_are_chests(prior: AnatomyPrior) -> None:
    for seed in range(5):
        left, right, heart = prior.sample(seed, size=128).astype(bool)
        assert not (left & right).any()
        assert np.nonzero(left)[1].mean() > np.nonzero(right)[1].mean()  # the patient's left is on the right
        assert min(left.sum(), right.sum()) > 1000 and heart.sum() > 500


def test_a_seed_is_a_chest(prior: AnatomyPrior) -> None:
    assert (prior.sample(1, 256) == prior.sample(1, 256)).all()
    assert (prior.sample(1, 256) != prior.sample(2, 256)).any()


def test_outliers_are_left_out() -> None:
    chests = [_chest(shift, 30) for shift in range(-9, 10)]
    leaked = _chest(0, 30)
    leaked[0, 100:126, :] = 1
    fitted = AnatomyPrior.fit(np.stack([distance_maps(chest) for chest in [*chests, leaked]]), components=2)
    clean = AnatomyPrior.fit(np.stack([distance_maps(chest) for chest in chests]), components=2, outliers=0.0)
    assert np.abs(fitted.mean - clean.mean).max() < 0.02


def test_saved_and_read_again(prior: AnatomyPrior, tmp_path: Path) -> None:
    prior.save(tmp_path / "prior.safetensors")
    again = AnatomyPrior.from_file(tmp_path / "prior.safetensors")
    assert (again.sample(3, 256) != prior.sample(3, 256)).mean() < 0.01


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "prior.safetensors").write_bytes(b"not safetensors")
    with pytest.raises(InputError, match=r"prior\.safetensors"):
        AnatomyPrior.from_file(tmp_path / "prior.safetensors")


def test_chests_that_hang_together_stay_so() -> None:
    """Narrow or wide, nothing between: the Gaussian of the same spread would draw the mean width."""
    chests = [_chest(shift, width) for shift in (-4, -2, 0, 2, 4) for width in (20, 40)]
    fitted = AnatomyPrior.fit(np.stack([distance_maps(chest) for chest in chests]), components=2, outliers=0.0)
    fitted.bandwidth = 0.2
    areas = [int(fitted.sample(seed, 128)[0].sum()) for seed in range(40)]
    between = [area for area in areas if 0.9 * 70 * 27 < area < 1.1 * 70 * 33]
    assert len(between) < 4 and min(areas) < 70 * 25 < 70 * 35 < max(areas)
