# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""`aurad calibrate --index`: a filter bundle learns to know other training images, and enters the hash of its file."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from aurad_monai.bundles.inventory import bundles_root
from aurad_monai.cli import main as cli
from aurad_monai.files import sha256
from aurad_monai.filtering.memorization.copy_index import CopyIndex
from aurad_monai.io.datalist import save_channels, save_image, write_datalist
from tests.conftest import ellipse_chest
from tests.lesions.synthetic_chest import radiograph

FILTER = "cxr_expert_filter"


@pytest.mark.skipif(not (bundles_root() / FILTER / "models/model.pt").is_file(), reason="no weights of the filter")
def test_the_index_is_of_the_given_images(tmp_path: Path) -> None:
    shutil.copytree(bundles_root() / FILTER, tmp_path / "bundles" / FILTER)
    listed = []
    for name in ("one", "two"):
        save_image(tmp_path / f"images/{name}.png", np.rint(255 * radiograph()[0]).astype(np.uint8))
        save_channels(tmp_path / f"anatomy/{name}.nii.gz", ellipse_chest())
        listed.append({"id": name, "image": f"images/{name}.png", "anatomy": f"anatomy/{name}.nii.gz"})
    write_datalist(tmp_path, [*listed, listed[0]], [])
    space = sha256(tmp_path / "bundles" / FILTER / "models/radiograph_space.safetensors")
    words = ["calibrate", str(tmp_path), "--index", "--only", "copies", "--bundle_dir", str(tmp_path / "bundles")]
    assert cli.main(words) == 0
    models = tmp_path / "bundles" / FILTER / "models"
    index = models / "copy_index.safetensors"
    assert CopyIndex.from_file(index).ids == ["one", "two"]
    assert sha256(index) in (models / "SHA256SUMS").read_text()
    assert sha256(models / "radiograph_space.safetensors") == space


def test_one_line_says_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_datalist(tmp_path, [], [])
    assert cli.main(["calibrate", str(tmp_path), "--index", "--only", "masks"]) == 2
    assert "copies or space" in capsys.readouterr().err
    assert cli.main(["calibrate", str(tmp_path), "--index"]) == 2
