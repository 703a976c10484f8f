# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Our masks steer an imported network: a ControlNet is trained for twenty steps beside it, and sampled.

The networks are a few channels wide: what is tested is the configs' way, which is the same at full size.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from aurad_monai.bundles.bundle import check_weights
from aurad_monai.io.datalist import save_channels
from tests.bundles import tiny
from tests.conftest import ellipse_chest

@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle with a random autoencoder and UNet in the place of imported ones."""
    root = tiny.copy_bundle(tiny.IMAGE, tmp_path_factory.mktemp("controlnet"))
    tiny.import_ldm(root)
    return root


@pytest.fixture(scope="module")
def trained(root: Path, training_set: Path) -> Any:
    """The workflow after twenty steps, and the weights before them."""
    settings = {**tiny.LDM, "dataset_dir": str(training_set), "batch_size": 2, "epochs": 10, "learning_rate": 1e-2}
    workflow = tiny.open_workflow(root, "train_controlnet", **settings)
    network = workflow.parser.get_parsed_content("network")
    before = {name: value.clone() for name, value in network.state_dict().items()}
    workflow.run()
    return network, before


def test_the_controlnet_alone_learns(root: Path, trained: Any) -> None:
    network, before = trained
    assert torch.load(root / "runs" / "controlnet" / "checkpoint.pt", weights_only=True)["iteration"] == 20
    changed = {name for name, value in network.state_dict().items() if not torch.equal(value, before[name])}
    assert changed and all(name.startswith("controlnet.") for name in changed)
    assert "controlnet.pt" in check_weights(root)


def test_it_starts_as_a_copy_that_changes_nothing(trained: Any) -> None:
    before = trained[1]
    assert torch.equal(before["controlnet.conv_in.conv.weight"], before["unet.conv_in.conv.weight"])
    assert not before["controlnet.controlnet_mid_block.conv.weight"].any()


def test_sampled_images_depend_on_the_mask(root: Path, trained: Any, tmp_path: Path) -> None:
    save_channels(tmp_path / "anatomy" / "one.nii.gz", ellipse_chest(tiny.SIZE))
    save_channels(tmp_path / "pathology" / "one.nii.gz", np.zeros((13, tiny.SIZE, tiny.SIZE), np.uint8))
    settings = {**tiny.LDM, "dataset_dir": str(tmp_path), "output_dir": str(tmp_path), "size": tiny.SIZE}
    settings |= {"num_inference_steps": 4}
    workflow = tiny.open_workflow(root, "train_controlnet", "sample_controlnet", kind="inference", **settings)
    workflow.run()
    with Image.open(tmp_path / "images" / "one.png") as picture:
        assert picture.size == (tiny.SIZE, tiny.SIZE)
    network, inferer = (workflow.parser.get_parsed_content(name) for name in ("network", "inferer"))
    noise = torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    low, high = (
        inferer(noise, network, condition=torch.full((1, 16, 64, 64), value), context=torch.zeros(1, 1, 1))
        for value in (0.0, 1.0)
    )
    assert low.shape == (1, 1, 64, 64) and low.isfinite().all()
    assert (low - high).abs().max() > 1e-4
