# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""MS-SSIM of pairs agrees with torchmetrics, is 1 for the same image and low for noise."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from aurad_monai.evaluation.images.image_diversity import SCALES, pair_similarity
from aurad_monai.experts.xrayvision_import import import_torchvision

RNG = np.random.default_rng(0)
IMAGES = RNG.random((4, 1, 176, 176)).astype(np.float32)


def by_torchmetrics(first: torch.Tensor, second: torch.Tensor) -> float:
    """Its SSIM scale by scale. At the coarsest it counts a border that it mirrors; that is left out here, as by MONAI.

    At the other scales it leaves the border out itself.
    """
    from torchmetrics.functional.image import structural_similarity_index_measure as ssim

    value = 1.0
    for scale, weight in enumerate(SCALES, 1):
        _, whole = ssim(first, second, data_range=1.0, return_full_image=True)
        _, contrast = ssim(first, second, data_range=1.0, return_contrast_sensitivity=True)
        term = whole[..., 5:-5, 5:-5].mean() if scale == len(SCALES) else contrast.mean()
        value *= max(term.item(), 0.0) ** weight
        first, second = (torch.nn.functional.avg_pool2d(image, 2) for image in (first, second))
    return value


def test_it_agrees_with_torchmetrics() -> None:
    import_torchvision()
    smooth = torch.nn.functional.avg_pool2d(torch.from_numpy(IMAGES), 9, 1, 4).numpy()
    for share in (0.9, 0.6, 0.0):
        pair = [smooth[0], share * smooth[0] + (1 - share) * smooth[1]]
        found = pair_similarity(2, lambda index, pair=pair: pair[index], pairs=1)[0]
        first, second = (torch.from_numpy(image[None]) for image in pair)
        assert found == pytest.approx(by_torchmetrics(first, second), abs=1e-4)


def test_even_grays_by_hand() -> None:
    """No contrast to differ in: only the luminance of the coarsest scale counts, (2ab + c) / (a^2 + b^2 + c)."""
    pair = [np.full((1, 176, 176), gray, np.float32) for gray in (0.5, 1.0)]
    found = pair_similarity(2, lambda index: pair[index], pairs=1)[0]
    assert found == pytest.approx(((1 + 1e-4) / (1.25 + 1e-4)) ** SCALES[-1], abs=1e-4)


def test_the_same_image_again_and_again() -> None:
    assert pair_similarity(5, lambda index: IMAGES[0], pairs=2) == pytest.approx(np.ones(2), abs=1e-4)
    assert pair_similarity(4, lambda index: IMAGES[index], pairs=2).max() < 0.3
    assert len(pair_similarity(1, lambda index: IMAGES[0])) == 0


def test_pairs_are_of_different_images() -> None:
    asked: list[int] = []

    def image(index: int) -> np.ndarray:
        asked.append(index)
        return IMAGES[index % 4]

    pair_similarity(5, image, pairs=3, seed=3)
    assert all(first != second for first, second in zip(asked[::2], asked[1::2], strict=True))
