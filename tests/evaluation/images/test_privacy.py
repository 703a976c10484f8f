# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Copies are found, strangers are not, and a generator that gives training images away is seen to."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
from scipy import ndimage

from aurad_monai.case import Case
from aurad_monai.evaluation.images.privacy import NearestTrain, index_of, membership, nearness, planted_copies
from aurad_monai.evaluation.measure import measure
from tests.conftest import ellipse_chest


class Anatomy:
    """Sees the schematic chest in every image."""

    def __call__(self, images: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
        return np.stack([ellipse_chest(64)] * len(images))


def textures(count: int, seed: int) -> list[Case]:
    """Images of smooth noise, each another."""
    rng = np.random.default_rng(seed)
    fields = ndimage.gaussian_filter(rng.normal(size=(count, 64, 64)), (0, 2, 2))
    images = ((fields - fields.min()) / np.ptp(fields)).astype(np.float32)
    return [Case(f"{seed}_{i}", image=image[None]) for i, image in enumerate(images)]


def test_an_audit_tells_a_thief_from_an_artist() -> None:
    train, unseen, artist = textures(8, 0), textures(10, 1), textures(6, 2)
    expert = Anatomy()
    index = index_of(train, expert)  # type: ignore[arg-type]
    near = NearestTrain(index, expert)  # type: ignore[arg-type]
    looks = [measure(cases, [near], "set") for cases in (unseen, artist, train[:6])]
    honest, stolen = (nearness(look, looks[0]) for look in looks[1:])
    assert stolen[0].value[0] == pytest.approx(1, abs=1e-3)
    assert [metric.value[0] for metric in stolen[1:]] == [1, 1, 1]
    assert honest[0].value[0] < 0.8 and honest[1].value[0] < 0.5 and 0.1 < honest[3].value[0] < 0.9
    assert honest[2].value[0] <= honest[1].value[0]
    found = planted_copies(train, index, expert, looks[0], count=4)  # type: ignore[arg-type]
    assert {metric.group: metric.value[0] for metric in found}["exact"] == 1
    others = index_of(textures(8, 3), expert)  # type: ignore[arg-type]
    lost = planted_copies(train, others, expert, looks[0], count=4)  # type: ignore[arg-type]
    assert {metric.group: metric.value[0] for metric in lost}["exact"] < 0.5  # copies of what the index never saw


def test_membership_by_hand() -> None:
    assert membership([0.1, 0.2], [0.3, 0.4]).value[0] == 1  # members have the lower loss
    assert membership([0.3, 0.4], [0.1, 0.2]).value[0] == 0
    assert membership([0.1, 0.4], [0.2, 0.3]).value[0] == 0.5
    assert math.isnan(membership([], [0.1]).value[0])
