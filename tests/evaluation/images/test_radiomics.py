# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""FRD: of scaled features, of what frd-score says of the same files, larger where pictures are blurred."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from aurad_monai.errors import InputError
from aurad_monai.evaluation.images.encoder import open_encoder
from aurad_monai.evaluation.images.radiomics import radiomics_distance

RNG = np.random.default_rng(3)
HAS = bool(find_spec("frd_score") and find_spec("radiomics"))


def textures(count: int, sigma: float = 1.0) -> np.ndarray:
    """Images (N, 1, 48, 48) of clouds in [0, 1]."""
    clouds = ndimage.gaussian_filter(RNG.normal(size=(count, 1, 48, 48)), (0, 0, sigma, sigma))
    low, high = clouds.min((2, 3), keepdims=True), clouds.max((2, 3), keepdims=True)
    return ((clouds - low) / (high - low)).astype(np.float32)


def test_units_of_features_do_not_matter() -> None:
    first, second = RNG.normal(0.3, 1, (80, 4)), RNG.normal(0, 1, (90, 4))
    scale, offset = np.array([1e3, 1, 1e-3, 7]), np.array([0, 5, -2, 1e4])
    there = radiomics_distance(first, second)
    assert radiomics_distance(first * scale + offset, second * scale + offset) == pytest.approx(there, rel=1e-6)
    assert radiomics_distance(first + 1, second) > there


def test_images_without_a_number_and_features_without_spread_are_left_out() -> None:
    first, second = RNG.normal(size=(30, 3)), RNG.normal(size=(40, 3))
    there = radiomics_distance(first, second)
    constant = [np.concatenate([part, np.full((len(part), 1), 2.0)], 1) for part in (first, second)]
    assert radiomics_distance(*constant) == pytest.approx(there)
    assert radiomics_distance(np.concatenate([first, [[np.nan, 0, 0]]]), second) == pytest.approx(there)
    assert radiomics_distance(first, first) < -20
    assert np.isnan(radiomics_distance(np.full((30, 3), np.nan), second))
    assert np.isnan(radiomics_distance(np.ones((30, 3)), np.ones((40, 3))))


@pytest.mark.skipif(HAS, reason="frd-score is installed")
def test_what_is_missing_is_said() -> None:
    with pytest.raises(InputError, match="no-build-isolation pyradiomics"):
        open_encoder("radiomics", None)  # type: ignore[arg-type]


@pytest.mark.skipif(not HAS, reason="frd-score is not installed: aurad-monai[frd]")
def test_it_is_what_frd_score_says(tmp_path: Path) -> None:
    from frd_score import compute_frd

    encoder = open_encoder("radiomics", None)  # type: ignore[arg-type]
    real, made = textures(24), textures(20, 1.5)
    files = []
    for name, images in (("real", real), ("made", made)):
        (tmp_path / name).mkdir()
        files.append([str(tmp_path / name / f"{i}.png") for i in range(len(images))])
        for file, image in zip(files[-1], images, strict=True):
            Image.fromarray(np.round(image[0] * 255).astype(np.uint8)).save(file)
    found = [encoder.encode(images) for images in (made, real)]
    assert found[0].shape == (20, encoder.card.features)
    assert radiomics_distance(*found) == pytest.approx(compute_frd(files, num_workers=1), rel=1e-3)
    assert radiomics_distance(encoder.encode(textures(20)), found[1]) < radiomics_distance(*found)
    assert np.isnan(encoder.encode(np.full((1, 1, 48, 48), 0.5, np.float32))).all()
