# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Arrays of a case are read from disk as they were written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image

from aurad_monai.io.datalist import load_channels
from aurad_monai.io.save_case import SaveCased


def test_saved_arrays_read_back(tmp_path: Path) -> None:
    pathology = (torch.arange(13 * 6 * 5).reshape(13, 6, 5) % 3 == 0).to(torch.uint8)
    image = torch.linspace(0, 1, 30).reshape(1, 6, 5)
    SaveCased(("image", "pathology"), str(tmp_path))({"id": "x", "image": image, "pathology": pathology})
    np.testing.assert_array_equal(load_channels(tmp_path / "pathology" / "x.nii.gz"), pathology.numpy())
    with Image.open(tmp_path / "images" / "x.png") as picture:
        np.testing.assert_allclose(np.asarray(picture) / 255, image[0].numpy(), atol=0.5 / 255 + 1e-6)


def test_a_prediction_is_saved_under_its_name(tmp_path: Path) -> None:
    save = SaveCased(["pred"], str(tmp_path), names=["image"])
    save({"id": "x", "pred": torch.ones(1, 4, 4), "image": torch.zeros(1, 4, 4)})
    with Image.open(tmp_path / "images" / "x.png") as picture:
        assert np.asarray(picture).min() == 255
