# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""What a sampler decoded becomes a mask of 0 and 1 or an image in range, and the same from disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image

from aurad_monai.diffusion.sampled import Sampledd, SaveCased
from aurad_monai.io.datalist import load_channels


def test_logits_become_a_mask() -> None:
    case = Sampledd("pathology", threshold=0.0)({"pred": torch.tensor([[[-0.1, 0.0, 0.1]]])})
    assert case["pathology"].dtype == torch.uint8
    assert case["pathology"].tolist() == [[[0, 0, 1]]]


def test_an_image_is_clamped() -> None:
    case = Sampledd("image")({"pred": torch.tensor([[[-0.5, 0.25, 1.5]]])})
    assert case["image"].tolist() == [[[0.0, 0.25, 1.0]]]


def test_saved_arrays_read_back(tmp_path: Path) -> None:
    pathology = (torch.arange(13 * 6 * 5).reshape(13, 6, 5) % 3 == 0).to(torch.uint8)
    image = torch.linspace(0, 1, 30).reshape(1, 6, 5)
    SaveCased(("image", "pathology"), str(tmp_path))({"id": "x", "image": image, "pathology": pathology})
    np.testing.assert_array_equal(load_channels(tmp_path / "pathology" / "x.nii.gz"), pathology.numpy())
    with Image.open(tmp_path / "images" / "x.png") as picture:
        np.testing.assert_allclose(np.asarray(picture) / 255, image[0].numpy(), atol=0.5 / 255 + 1e-6)


def test_specks_go_and_small_findings_stay() -> None:
    logits = torch.full((2, 32, 32), -1.0)
    logits[0, 2:4, 2:4] = 1.0  # four pixels
    logits[0, 10:15, 10:15] = 1.0
    logits[1, 20:24, 20:24] = 1.0  # sixteen
    mask = Sampledd("pathology", threshold=0.0, least_pixels=16)({"pred": logits})["pathology"]
    assert mask[0].sum() == 25 and mask[1].sum() == 16
