# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""MONAI Deploy's bundle operator can work with what the filter bundle exports, and gives the masks of the bundle."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from monai.bundle import ConfigParser, ckpt_export
from PIL import Image

from aurad_monai.io.anatomy_file import to_labels
from aurad_monai.io.datalist import load_channels, save_image
from aurad_monai.io.radiograph import read_radiograph
from tests.bundles import tiny
from tests.conftest import ellipse_chest

CONFIGS = tiny.BUNDLES / tiny.EXPERTS / "configs"
APP = tiny.ROOT / "docs" / "how_to" / "deploy_app.py"
NAMES = ("a", "b")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Drawn radiographs in `in`, their masks by the bundle's inference in `bundle`, and the exported `model.ts`."""
    folder = tmp_path_factory.mktemp("deploy")
    lungs = ellipse_chest()[:2].any(axis=0)
    rng = np.random.default_rng(0)
    for name in NAMES:
        picture = np.where(lungs, 60, 170) + rng.normal(0, 12, lungs.shape)
        save_image(folder / "in" / f"{name}.png", picture.clip(0, 255).astype(np.uint8))
    folders = {"dataset_dir": str(folder / "in"), "output_dir": str(folder / "bundle")}
    root = tiny.BUNDLES / tiny.EXPERTS
    tiny.open_workflow(root, "inference", kind="inference", device="cpu", **folders).run()
    ckpt_export(
        net_id="network_def",
        filepath=str(folder / "model.ts"),
        ckpt_file=str(root / "models/model.pt"),
        meta_file=str(CONFIGS / "metadata.json"),
        config_file=[str(CONFIGS / "inference.json"), str(CONFIGS / "deploy.json")],
        use_trace=True,
        input_shape=[1, 1, 256, 256],
    )
    return folder


def expected(folder: Path, name: str) -> np.ndarray:
    """The label map of the masks that the bundle's inference wrote."""
    labels = to_labels(load_channels(folder / "bundle" / f"{name}.nii.gz"))
    assert {1, 2} <= set(np.unique(labels))  # both lungs, so that no empty picture agrees
    return labels


@pytest.mark.parametrize("name", NAMES)
def test_the_export_carries_all_that_the_operator_asks_for(folder: Path, name: str) -> None:
    """What the operator does, without it: configs out of the archive, one image through them, one channel of uint8."""
    extra = dict.fromkeys(("metadata.json", "inference.json", "deploy.json"), "")
    network = torch.jit.load(folder / "model.ts", _extra_files=extra).eval()
    parser = ConfigParser({**json.loads(extra["inference.json"]), **json.loads(extra["deploy.json"])})
    parser.read_meta(json.loads(extra["metadata.json"]))
    before, inferer, after = (parser.get_parsed_content(n) for n in ("preprocessing", "inferer", "postprocessing"))
    image = before({"image": read_radiograph(folder / "in" / f"{name}.png")})["image"]
    with torch.no_grad():
        (logits,) = inferer(inputs=image[None], network=network)
    pred = after({"pred": logits, "image": image})["pred"].numpy()
    assert pred.shape == (1, 256, 256) and (pred == pred.astype(np.uint8)).all()
    assert (pred[0] == expected(folder, name)).all()
    assert parser["_meta_#network_data_format#outputs#pred#type"] == "image"


def test_the_application_gives_the_masks_of_the_bundle(folder: Path) -> None:
    pytest.importorskip("monai.deploy", reason="the extra 'deploy' is not installed")
    words = ["--input", folder / "in", "--model", folder / "model.ts", "--output", folder / "out"]
    done = subprocess.run([sys.executable, str(APP), *map(str, words)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    for name in NAMES:
        assert (np.asarray(Image.open(folder / "out" / f"{name}.png")) == expected(folder, name)).all()
