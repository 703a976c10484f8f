# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Training of the anatomy expert: what learns, what a pseudo mask must be like, and films that keep their anatomy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from monai.networks.nets import UNet

from recipes.experts.train_anatomy import SIZE, Augment, decoder, hangs


def test_the_way_up_learns_and_features_stay() -> None:
    network = UNet(2, 1, 3, (4, 4, 8), (2, 2), num_res_units=0, norm="BATCH")
    learning = {id(weight) for weight in decoder(network)}
    for name, weight in network.named_parameters():
        assert (id(weight) in learning) == name.startswith(("model.2.", "model.1.submodule.2.")), name
    frozen = [layer for layer in network.modules() if isinstance(layer, torch.nn.BatchNorm2d) and not layer.training]
    assert len(frozen) == 3  # running means of two ways down and the bottom


def lung(inner: int, outer: int) -> np.ndarray:
    """A left lung in a frame of 100 pixels whose inner and outer half end at these rows."""
    left = np.zeros((100, 100), dtype=bool)
    left[20:inner, 50:60] = left[20:outer, 60:70] = True
    return left


@pytest.mark.parametrize(("inner", "outer", "found"), [(60, 60, 0.0), (75, 60, 0.15), (60, 70, -0.1)])
def test_a_lung_hangs_by_its_inner_half(inner: int, outer: int, found: float) -> None:
    assert hangs(lung(inner, outer)) == pytest.approx(found)


def test_gas_and_air_are_painted_outside_of_the_lungs() -> None:
    planes, augment = torch.zeros(3, SIZE, SIZE), Augment(0)
    planes[0, 60:160, 150:210] = planes[1, 60:160, 50:110] = 1
    image = torch.where(planes.amax(0) > 0, 0.2, 0.8)
    for paint in (augment._gas, augment._air_beside):
        changed = image.clone()
        for _ in range(8):
            paint(changed, planes)
        assert torch.equal(changed[planes.amax(0) > 0], image[planes.amax(0) > 0])
        assert (changed < 0.6)[planes.amax(0) == 0].sum() > 100


def test_film_and_anatomy_move_together() -> None:
    planes = torch.zeros(2, 3, SIZE, SIZE)
    planes[:, 0, 60:160, 150:210] = 1
    film, anatomy = Augment(3)(0.1 + 0.8 * planes[:, :1], planes)
    assert film.shape == (2, 1, SIZE, SIZE) and set(anatomy.unique().tolist()) == {0.0, 1.0}
    assert float(film.min()) >= 0 and float(film.max()) <= 1
    for image, mask in zip(film[:, 0], anatomy[:, 0], strict=True):
        assert 500 < float(mask.sum()) < 12000
        assert float(image[mask > 0].median()) > float(image[mask == 0].median())
