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
from aurad_monai.filtering import corruptions
from aurad_monai.filtering.criteria.orientation import Orientation
from aurad_monai.filtering.criteria.radiograph_quality import RadiographQuality, sharpness
from aurad_monai.filtering.radiograph_space import ORIENTATIONS, RadiographSpace
from tests.filtering.planted import failures, good_case, good_predictions, unevaluated

LENGTH = 64


def features(view: str, count: int, seed: int) -> np.ndarray:
    """Features whose mean is of the view."""
    rng = np.random.default_rng(seed)
    center = np.zeros(LENGTH)
    center[list(ORIENTATIONS).index(view)] = 6
    return (center + rng.normal(size=(count, LENGTH))).astype(np.float32)


@pytest.fixture(scope="module")
def space() -> RadiographSpace:
    return RadiographSpace.fit({view: features(view, 80, index) for index, view in enumerate(ORIENTATIONS)})


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


@pytest.mark.parametrize("view", ORIENTATIONS)
def test_views_are_told_apart(space: RadiographSpace, view: str) -> None:
    found = space.orientations(features(view, 1, 77)[0])
    assert max(found, key=lambda name: found[name]) == view and sum(found.values()) == pytest.approx(1)


def test_the_view_criterion(space: RadiographSpace) -> None:
    good, bad = (replace(good_predictions(), features=features(view, 1, 3)[0]) for view in ("upright", "mirrored"))
    assert not failures(Orientation(space, 0.5).evaluate(good_case(), good))
    (result,) = Orientation(space, 0.5).evaluate(good_case(), bad)
    assert not result.passed and "mirrored" in result.reason
    assert unevaluated(Orientation(space).evaluate(good_case(), good)) == ["orientation"]
    assert unevaluated(Orientation(space, 0.5).evaluate(good_case(), good_predictions())) == ["orientation"]


def test_quality_says_what_is_wrong(space: RadiographSpace) -> None:
    rng = np.random.default_rng(0)
    image = np.clip(0.5 + 0.1 * ndimage.gaussian_filter(rng.normal(size=(256, 256)), 2) * 8, 0.03, 1)[None]
    image = image.astype(np.float32)
    sharp = sharpness(image)
    assert sharpness(corruptions.blurred(image, rng)) < 0.5 * sharp < sharp < sharpness(corruptions.noise(image, rng))
    assert sharpness(corruptions.blank(image, rng)) < 0.01 and sharpness(np.zeros_like(image)) == 0
    criterion = RadiographQuality(space, 0.7 * sharp, 1.3 * sharp, 2.0)
    seen = replace(good_predictions(), features=features("upright", 1, 3)[0])
    assert not failures(criterion.evaluate(good_case(image=image), seen))
    for make, name in ((corruptions.blurred, "sharpness"), (corruptions.noise, "noise")):
        assert failures(criterion.evaluate(good_case(image=make(image, rng)), seen)) == [f"radiograph_quality.{name}"]
    far = replace(seen, features=features("inverted", 1, 3)[0] * 4)
    assert failures(criterion.evaluate(good_case(image=image), far)) == ["radiograph_quality.distance"]
    assert unevaluated(RadiographQuality().evaluate(good_case(image=image), seen)) == ["radiograph_quality.distance"]


def test_features_are_those_of_the_layer() -> None:
    network = nn.Sequential(nn.Conv2d(1, 3, 1), nn.Sigmoid())
    expert = AnatomyExpert(network, feature_layer="0")
    images = np.random.default_rng(0).random((2, 1, 256, 256), dtype=np.float32)
    anatomy, found = expert.predict_with_features(images)
    assert anatomy.shape == (2, 3, 256, 256) and found is not None and found.shape == (2, 3 * 16)
    with torch.no_grad():
        expected = network[0](torch.from_numpy(images))[:, :, :64, :64].mean(dim=(2, 3))
    np.testing.assert_allclose(found.reshape(2, 3, 16)[:, :, 0], expected, atol=1e-5)
    assert AnatomyExpert(network).predict_with_features(images)[1] is None
    with pytest.raises(InputError, match="layer"):
        LayerFeatures(network, "nowhere")


@pytest.mark.parametrize(
    "make", [*ORIENTATIONS.values(), *corruptions.COPIES.values(), corruptions.saturated, corruptions.blank]
)
def test_faults_keep_shape_and_range(make: corruptions.Corruption) -> None:
    image = good_case().image
    made = make(image, np.random.default_rng(2))
    assert made.shape == image.shape and made.dtype == np.float32 and 0 <= made.min() <= made.max() <= 1
