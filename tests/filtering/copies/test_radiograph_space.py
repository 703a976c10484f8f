# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""What is unlike radiographs lies far from them, a view is told from the others, and blur and noise are measured."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import ndimage
from torch import nn

from aurad_monai.errors import InputError
from aurad_monai.experts.anatomy import AnatomyExpert
from aurad_monai.experts.features import LayerFeatures
from aurad_monai.filtering.copies import faults
from aurad_monai.filtering.copies.radiograph_space import VIEWS, RadiographSpace
from aurad_monai.filtering.criteria.radiograph_quality import RadiographQuality, sharpness
from aurad_monai.filtering.criteria.view import View
from tests.filtering.planted import failures, good_case, good_sight, unjudged

LENGTH = 64


def features(view: str, count: int, seed: int) -> np.ndarray:
    """Features whose mean is of the view."""
    rng = np.random.default_rng(seed)
    center = np.zeros(LENGTH)
    center[list(VIEWS).index(view)] = 6
    return (center + rng.normal(size=(count, LENGTH))).astype(np.float32)


@pytest.fixture(scope="module")
def space() -> RadiographSpace:
    return RadiographSpace.fit({view: features(view, 80, index) for index, view in enumerate(VIEWS)})


def test_strangers_are_far(space: RadiographSpace, tmp_path: Path) -> None:
    own = [space.distance(row) for row in features("upright", 50, 99)]
    fitted = [space.distance(row) for row in features("upright", 80, 0)]
    assert np.mean(fitted) == pytest.approx(1, abs=0.1) and 1 < np.mean(own) < 1.7  # of those it never saw
    assert space.distance(features("no_chest", 1, 98)[0] * 2) > max(own)
    space.save(tmp_path / "space.safetensors")
    read = RadiographSpace.from_file(tmp_path / "space.safetensors")
    row = features("upright", 1, 5)[0]
    assert read.distance(row) == pytest.approx(space.distance(row), rel=0.01)
    (tmp_path / "space.safetensors").write_bytes(b"?")
    with pytest.raises(InputError):
        RadiographSpace.from_file(tmp_path / "space.safetensors")


@pytest.mark.parametrize("view", VIEWS)
def test_views_are_told_apart(space: RadiographSpace, view: str) -> None:
    found = space.views(features(view, 1, 77)[0])
    assert max(found, key=lambda name: found[name]) == view and sum(found.values()) == pytest.approx(1)


def test_the_view_criterion(space: RadiographSpace) -> None:
    good, bad = (replace(good_sight(), features=features(view, 1, 3)[0]) for view in ("upright", "mirrored"))
    assert not failures(View(space, 0.5).judge(good_case(), good))
    (judgement,) = View(space, 0.5).judge(good_case(), bad)
    assert not judgement.passed and "mirrored" in judgement.reason
    assert unjudged(View(space).judge(good_case(), good)) == ["view"]
    assert unjudged(View(space, 0.5).judge(good_case(), good_sight())) == ["view"]


def test_quality_says_what_is_wrong(space: RadiographSpace) -> None:
    rng = np.random.default_rng(0)
    image = np.clip(0.5 + 0.1 * ndimage.gaussian_filter(rng.normal(size=(256, 256)), 2) * 8, 0.03, 1)[None]
    image = image.astype(np.float32)
    sharp = sharpness(image)
    assert sharpness(faults.blurred(image, rng)) < 0.5 * sharp < sharp < sharpness(faults.noise(image, rng))
    assert sharpness(faults.blank(image, rng)) < 0.01 and sharpness(np.zeros_like(image)) == 0
    criterion = RadiographQuality(space, 0.7 * sharp, 1.3 * sharp, 2.0)
    seen = replace(good_sight(), features=features("upright", 1, 3)[0])
    assert not failures(criterion.judge(good_case(image=image), seen))
    for make, name in ((faults.blurred, "sharp"), (faults.noise, "quiet")):
        assert failures(criterion.judge(good_case(image=make(image, rng)), seen)) == [f"radiograph_quality.{name}"]
    far = replace(seen, features=features("inverted", 1, 3)[0] * 4)
    assert failures(criterion.judge(good_case(image=image), far)) == ["radiograph_quality.distance"]
    assert unjudged(RadiographQuality().judge(good_case(image=image), seen)) == ["radiograph_quality.distance"]


def test_features_are_those_of_the_layer() -> None:
    network = nn.Sequential(nn.Conv2d(1, 3, 1), nn.Sigmoid())
    expert = AnatomyExpert(network, feature_layer="0")
    images = np.random.default_rng(0).random((2, 1, 256, 256), dtype=np.float32)
    anatomy, found = expert.see(images)
    assert anatomy.shape == (2, 3, 256, 256) and found is not None and found.shape == (2, 3 * 16)
    with torch.no_grad():
        expected = network[0](torch.from_numpy(images))[:, :, :64, :64].mean(dim=(2, 3))
    np.testing.assert_allclose(found.reshape(2, 3, 16)[:, :, 0], expected, atol=1e-5)
    assert AnatomyExpert(network).see(images)[1] is None
    with pytest.raises(InputError, match="layer"):
        LayerFeatures(network, "nowhere")


@pytest.mark.parametrize("make", [*VIEWS.values(), *faults.COPIES.values(), faults.saturated, faults.blank])
def test_faults_keep_shape_and_range(make: faults.Fault) -> None:
    image = good_case().image
    made = make(image, np.random.default_rng(2))
    assert made.shape == image.shape and made.dtype == np.float32 and 0 <= made.min() <= made.max() <= 1
