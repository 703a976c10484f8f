# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""MS-SSIM of pairs agrees with torchmetrics, is 1 for the same image and low for noise."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from aurad_monai.evaluation.image_diversity import SCALES, pair_similarity
from aurad_monai.experts.xrayvision_import import import_torchvision

RNG = np.random.default_rng(0)
IMAGES = RNG.random((4, 1, 176, 176)).astype(np.float32)


def test_it_agrees_with_torchmetrics() -> None:
    import_torchvision()
    from torchmetrics.functional.image import multiscale_structural_similarity_index_measure as reference

    smooth = torch.nn.functional.avg_pool2d(torch.from_numpy(IMAGES), 9, 1, 4).numpy()
    pair = [smooth[0], 0.8 * smooth[0] + 0.2 * smooth[1]]
    found = pair_similarity(2, lambda index: pair[index], pairs=1)[0]
    first, second = (torch.from_numpy(image[None]) for image in pair)
    expected = reference(first, second, data_range=1.0, betas=SCALES, kernel_size=11, sigma=1.5)
    assert found == pytest.approx(expected.item(), abs=5e-3)  # their borders differ


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
