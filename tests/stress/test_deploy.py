# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""MONAI Deploy's bundle operator gives the masks that the filter bundle gives.

Exports `model.ts`, runs docs/how_to/deploy/app.py and the bundle's own inference on the same radiographs
and compares the masks. Needs the extra `deploy`, in an environment of its own; skipped without it. AURAD_RADIOGRAPHS
names a training set (DATA/cxr) whose validation radiographs are taken; without it the radiographs are drawn.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from monai.bundle import ckpt_export, run
from PIL import Image

from aurad_monai.bundles.inventory import bundles_root
from aurad_monai.io.anatomy_file import from_labels
from aurad_monai.io.datalist import load_channels, read_datalist, save_image
from tests.lesions.synthetic_chest import radiograph

APP = Path(__file__).parents[2] / "docs" / "how_to" / "deploy" / "app.py"


def export(bundle: Path, target: Path) -> None:
    """The bundle as MONAI Deploy reads it: TorchScript with the configs in it."""
    configs = bundle / "configs"
    ckpt_export(
        net_id="network_def",
        filepath=str(target),
        ckpt_file=str(bundle / "models/model.pt"),
        meta_file=str(configs / "metadata.json"),
        config_file=[str(configs / name) for name in ("inference.json", "deploy.json")],
        use_trace=True,
        input_shape=[1, 1, 256, 256],
    )


def write_radiographs(folder: Path) -> int:
    """Fill the folder with validation radiographs, or with five drawn ones; returns how many."""
    if root := os.environ.get("AURAD_RADIOGRAPHS"):
        cases = read_datalist(root, "validation")
        for case in cases:
            shutil.copy(case["image"], folder)
        return len(cases)
    rng = np.random.default_rng(0)
    for number in range(5):
        image = np.clip(radiograph()[0] + rng.normal(0, 0.02, (256, 256)), 0, 1)
        save_image(folder / f"{number}.png", np.rint(255 * image).astype(np.uint8))
    return 5


def test_masks_are_those_of_the_bundle(tmp_path: Path) -> None:
    pytest.importorskip("monai.deploy", reason="the extra `deploy` is not installed")
    bundle = bundles_root() / "cxr_expert_filter"
    (tmp_path / "in").mkdir()
    count = write_radiographs(tmp_path / "in")
    export(bundle, tmp_path / "model.ts")
    words = ["--input", tmp_path / "in", "--model", tmp_path / "model.ts", "--output", tmp_path / "deploy"]
    subprocess.run([sys.executable, str(APP), *map(str, words)], check=True, stdout=subprocess.DEVNULL)
    run(
        config_file=str(bundle / "configs/inference.json"),
        bundle_root=str(bundle),
        dataset_dir=str(tmp_path / "in"),
        output_dir=str(tmp_path / "bundle"),
    )
    files = sorted((tmp_path / "bundle").glob("*.nii.gz"))
    assert len(files) == count
    for file in files:
        png = tmp_path / "deploy" / f"{file.name.removesuffix('.nii.gz')}.png"
        theirs = from_labels(np.asarray(Image.open(png)), png, "output")
        np.testing.assert_array_equal(load_channels(file) > 0, theirs > 0, err_msg=file.name)
