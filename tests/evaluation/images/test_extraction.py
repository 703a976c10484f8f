# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A generator that gives its training films back is seen to; one that only follows masks is not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import ndimage

from aurad_monai.bundles.bundle import open_bundle
from aurad_monai.bundles.inventory import bundles_root
from aurad_monai.case import Case
from aurad_monai.errors import InputError
from aurad_monai.evaluation.images.extraction import OWN_NEAREST, OWN_SOURCE, extraction_test, lacking_masks, own_films
from tests.conftest import ellipse_chest
from tests.evaluation.images.test_privacy import Anatomy, textures
from tests.filtering.planted import masks

IMAGE = "cxr_image_latent_diffusion"
FILMS = textures(32, 0)
TRAIN, UNSEEN = FILMS[:16], FILMS[16:]


def _film(case: Case) -> np.ndarray:
    assert case.image is not None
    return np.asarray(case.image)


def thief(case: Case) -> list[np.ndarray]:
    """The film itself with noise, if it was seen in training, else another texture."""
    number = int(case.id.split("_")[1])
    noise = np.random.default_rng(number).normal(0, 0.02, (1, 64, 64))
    own = _film(case) if number < len(TRAIN) else _film(textures(1, 50 + number)[0])
    return [np.clip(own + noise, 0, 1).astype(np.float32)]


def follower(case: Case) -> list[np.ndarray]:
    """The coarse content of any film, as masks give it, with a texture of its own."""
    rng = np.random.default_rng(sum(case.id.encode()) + 7)
    coarse = ndimage.gaussian_filter(_film(case), (0, 6, 6))
    return [np.clip(coarse + 0.15 * rng.normal(size=coarse.shape), 0, 1).astype(np.float32) for _ in range(2)]


def test_a_thief_is_told_from_a_follower_of_masks() -> None:
    expert: Any = Anatomy()
    stolen, honest = (
        {metric.name: metric for metric in own_films(TRAIN, UNSEEN, samples, expert)} for samples in (thief, follower)
    )
    assert stolen[OWN_SOURCE].value[0] == 1 and stolen[OWN_NEAREST].value[0] == 1
    assert stolen[OWN_NEAREST].real[0] < 0.3
    assert honest[OWN_SOURCE].value[1] < 0.5 < honest[OWN_SOURCE].value[2]


@pytest.mark.skipif(not (bundles_root() / IMAGE / "models/model.pt").is_file(), reason="no weights of images")
def test_the_shipped_bundle_is_sampled_with_the_masks_of_each_film() -> None:
    rng = np.random.default_rng(0)
    films = [
        Case(f"f{i}", image=rng.random((1, 256, 256), np.float32), anatomy=ellipse_chest(), pathology=masks())
        for i in range(5)
    ]
    bundle, expert = open_bundle(bundles_root() / IMAGE), open_bundle(bundles_root() / "cxr_expert_filter")
    rows = extraction_test(films, films, bundle, expert.get("anatomy_expert"), cases=5, seeds=1)
    assert [(row.name, row.count) for row in rows] == [(OWN_SOURCE, 5), (OWN_NEAREST, 5)]
    assert rows[0].value[0] == 0.5  # the same films on both sides


def test_sets_without_masks_are_refused() -> None:
    bare = [replace(case, anatomy=None) for case in TRAIN]
    bundle = open_bundle(bundles_root() / IMAGE)
    with pytest.raises(InputError, match="train: got '0 films with masks'"):
        extraction_test(bare, bare, bundle, Anatomy())  # type: ignore[arg-type]
    assert "reference: got '0 films with masks'" in lacking_masks(bare, "reference")  # type: ignore[arg-type]
    masked = [replace(case, anatomy=ellipse_chest(), pathology=masks()) for case in TRAIN[:5]]
    assert lacking_masks(masked, "train") == ""  # type: ignore[arg-type]
