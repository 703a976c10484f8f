# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The findings expert: ranges, order of channels, unknown findings, and what its score measures."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from aurad_monai import vocabulary
from aurad_monai.errors import InputError
from aurad_monai.experts.expert import Expert
from aurad_monai.experts.findings import FindingsExpert


class Bright(nn.Module):
    """Logits that rise with brightness, higher for each further channel."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return torch.cat([(images - 0.5) * 20 - channel for channel in range(13)], dim=1)


def spot(size: int = 256, edge: int = 16) -> np.ndarray:
    image = np.zeros((1, 1, size, size), np.float32)
    image[..., 40 : 40 + edge, 40 : 40 + edge] = 1
    return image


def test_it_is_an_expert() -> None:
    expert = FindingsExpert(Bright())
    assert isinstance(expert, Expert)
    assert expert.targets == vocabulary.FINDING_NAMES


def test_maps_are_probabilities_in_channel_order() -> None:
    maps = FindingsExpert(Bright())(spot())
    assert maps.shape == (1, 13, 256, 256) and maps.dtype == np.float32
    assert maps.min() >= 0 and maps.max() <= 1
    assert maps[0, 0, 48, 48] > 0.99 > 0.01 > maps[0, 0, 200, 200]
    assert (np.diff(maps[0, :, 48, 48]) < 0).all()


def test_other_sizes_are_resized_there_and_back() -> None:
    maps = FindingsExpert(Bright())(spot(size=128))
    assert maps.shape == (1, 13, 128, 128)
    assert maps[0, 0, 48, 48] > 0.99 > 0.01 > maps[0, 0, 100, 100]


def test_unknown_findings_are_nan_in_maps_and_scores() -> None:
    expert = FindingsExpert(Bright(), unknown=("fracture",))
    maps = expert(spot())
    missing = np.isnan(expert.scores(maps)[0])
    assert np.flatnonzero(missing).tolist() == [vocabulary.channel("fracture")]
    assert np.isnan(maps[0, vocabulary.channel("fracture")]).all()


def test_score_is_the_mean_of_the_top_share() -> None:
    expert = FindingsExpert(Bright(), top_share=0.002)
    maps = np.zeros((2, 13, 256, 256), np.float32)
    maps[0, 3].flat[:131] = 1  # 0.2% of 65,536 pixels is 131
    maps[0, 4].flat[:13] = 1
    scores = expert.scores(maps)
    assert scores[0, 3] == pytest.approx(1)
    assert scores[0, 4] == pytest.approx(13 / 131)
    assert scores[1].max() == 0
    maps[1, 0, 0, 0] = np.nan
    assert np.isnan(expert.scores(maps)[1, 0])


@pytest.mark.parametrize(
    "images",
    [
        np.full((1, 1, 256, 256), np.nan, np.float32),
        np.full((1, 1, 256, 256), 2.0, np.float32),
        np.zeros((1, 256, 256), np.float32),
    ],
    ids=("nan", "out of range", "shape"),
)
def test_bad_batches_are_refused(images: np.ndarray) -> None:
    with pytest.raises(InputError, match="images"):
        FindingsExpert(Bright())(images)


def test_a_network_of_other_findings_is_refused() -> None:
    with pytest.raises(InputError, match="findings_network"):
        FindingsExpert(nn.Conv2d(1, 3, 1))(spot())


@pytest.mark.parametrize("share", [0.0, -1.0, 1.5])
def test_share_must_be_a_fraction(share: float) -> None:
    with pytest.raises(InputError, match="top_share"):
        FindingsExpert(Bright(), top_share=share)
