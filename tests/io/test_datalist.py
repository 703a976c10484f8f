# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aurad_monai.errors import InputError
from aurad_monai.io.datalist import load_channels, read_datalist, save_channels, save_image, write_datalist
from aurad_monai.io.load_case import LoadCased


def test_channels_keep_their_place(tmp_path: Path) -> None:
    channels = np.zeros((3, 8, 6), dtype=np.uint8)
    channels[2, 7, 1] = 1
    save_channels(tmp_path / "a.nii.gz", channels)
    assert (load_channels(tmp_path / "a.nii.gz") == channels).all()


def test_a_picture_that_cannot_be_finished_does_not_look_like_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill_the_disk(picture: Image.Image, path: Path, *_: object, **__: object) -> None:
        path.write_bytes(b"\x89PNG")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", fill_the_disk)
    with pytest.raises(OSError, match="No space"):
        save_image(tmp_path / "a.png", np.zeros((8, 8), dtype=np.uint8))
    assert not list(tmp_path.glob("*.png"))


def test_a_case_is_read_whole(tmp_path: Path) -> None:
    image = np.arange(64, dtype=np.uint8).reshape(8, 8)
    save_image(tmp_path / "images" / "a.png", image)
    save_channels(tmp_path / "anatomy" / "a.nii.gz", np.ones((3, 8, 8), dtype=np.uint8))
    case = {"id": "a", "image": "images/a.png", "anatomy": "anatomy/a.nii.gz"}
    write_datalist(tmp_path, [case], [])
    listed = read_datalist(str(tmp_path))
    loaded = LoadCased(["image", "anatomy", "pathology"], allow_missing_keys=True)(listed[0])
    assert np.allclose(np.asarray(loaded["image"])[0] * 255, image)
    assert np.asarray(loaded["anatomy"]).shape == (3, 8, 8)
    assert read_datalist(str(tmp_path), "training", having="pathology") == []


def test_a_missing_datalist_or_section_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="dataset_dir"):
        read_datalist(str(tmp_path))
    write_datalist(tmp_path, [], [])
    with pytest.raises(InputError, match="training, validation"):
        read_datalist(str(tmp_path), "test")
