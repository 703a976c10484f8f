# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The images of a folder for MONAI's own commands: by content, and what is none of them by name."""

from __future__ import annotations

from pathlib import Path

import pytest
from monai.data import DataLoader, Dataset

from aurad_monai.errors import InputError
from aurad_monai.io.load_radiograph import LoadRadiographd, radiograph_files
from tests.datasets.sources import trees


def test_radiographs_are_found_by_content(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    trees.dicom(tmp_path / "1.2.840.113619.2.1")
    trees.picture(tmp_path / "scan.png").rename(tmp_path / "scan")
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "empty.png").touch()
    found = radiograph_files(str(tmp_path))
    assert [Path(case["image"]).name for case in found] == ["1.2.840.113619.2.1", "scan"]
    assert "empty file 1 (empty.png)" in caplog.text and "no image 1 (notes.txt)" in caplog.text
    loaded = LoadRadiographd("image", 64)(found[0])["image"]
    assert tuple(loaded.shape) == (1, 64, 64) and loaded.meta["filename_or_obj"].endswith("2.1")


def test_folders_without_radiographs_are_refused_when_read(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        dataset = Dataset(radiograph_files(str(folder)))  # a config can be checked before it has a folder
        with pytest.raises(InputError, match="dataset_dir"):
            next(iter(DataLoader(dataset)))
