# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Bundles on their own: a prompt becomes masks on disk, those masks become radiographs on disk, from any directory."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aurad_monai.bundles.bundle import open_bundle
from aurad_monai.io.datalist import load_channels, save_channels
from aurad_monai.errors import InputError
from tests.bundles import tiny
from tests.conftest import ellipse_chest

PROMPT = "small left pleural effusion"


def _masks(root: Path, output: Path, **overrides: object) -> dict[str, np.ndarray]:
    tiny.open_inference(root, output_dir=str(output), prompt=PROMPT, **overrides).run()
    return {file.name: load_channels(file) for file in sorted((output / "pathology").glob("*.nii.gz"))}


@pytest.mark.parametrize("bundle", tiny.DIFFUSION)
def test_inference_properties(trained: dict[str, Path], training_set: Path, bundle: str) -> None:
    assert not tiny.open_inference(trained[bundle], dataset_dir=str(training_set)).check_properties()


def test_prompt_to_masks_to_radiographs(trained: dict[str, Path], tmp_path: Path) -> None:
    masks = _masks(trained[tiny.MASK], tmp_path, num=3, seed=5)
    assert list(masks) == ["case_00000.nii.gz", "case_00001.nii.gz", "case_00002.nii.gz"]
    for name, mask in masks.items():
        assert mask.shape == (13, tiny.SIZE, tiny.SIZE) and mask.max() <= 1
        assert load_channels(tmp_path / "anatomy" / name).shape == (3, tiny.SIZE, tiny.SIZE)
    generated = tmp_path / "generated"
    settings = {"dataset_dir": str(tmp_path), "output_dir": str(generated), "prompt": "AP view, 60 year old woman"}
    tiny.open_inference(trained[tiny.IMAGE], **settings).run()
    files = sorted((generated / "images").glob("*.png"))
    assert [file.stem for file in files] == ["case_00000", "case_00001", "case_00002"]
    with Image.open(files[0]) as picture:
        assert picture.mode == "L" and picture.size == (tiny.SIZE, tiny.SIZE)


def test_a_case_depends_on_its_seed_not_on_its_batch(trained: dict[str, Path], tmp_path: Path) -> None:
    together = _masks(trained[tiny.MASK], tmp_path / "a", num=3, seed=5, batch_size=3)
    alone = _masks(trained[tiny.MASK], tmp_path / "b", num=1, seed=7)
    others = [together["case_00000.nii.gz"], together["case_00002.nii.gz"]]
    assert (alone["case_00000.nii.gz"] != others[1]).mean() < 1e-3
    assert (alone["case_00000.nii.gz"] != others[0]).mean() > 2e-3


def test_given_files(trained: dict[str, Path], tmp_path: Path) -> None:
    chest = tmp_path / "chest.nii.gz"
    save_channels(chest, ellipse_chest(tiny.SIZE))
    masks = _masks(trained[tiny.MASK], tmp_path, num=1, dataset_dir=str(tmp_path), anatomy="chest.nii.gz")
    assert len(masks) == 1
    np.testing.assert_array_equal(load_channels(tmp_path / "anatomy" / "case_00000.nii.gz"), ellipse_chest(tiny.SIZE))
    pathology = str(tmp_path / "pathology" / "case_00000.nii.gz")
    settings = {"anatomy": str(chest), "pathology": pathology, "num": 2, "output_dir": str(tmp_path)}
    tiny.open_inference(trained[tiny.IMAGE], **settings).run()
    pictures = [np.asarray(Image.open(tmp_path / "images" / f"case_00{index}.png")) for index in ("0", "1")]
    assert not np.array_equal(*pictures)


def test_two_bundles_in_one_process(trained: dict[str, Path]) -> None:
    small = {**tiny.AUTOENCODER, **tiny.UNET, "size": tiny.SIZE, "device": "cpu"}
    mask, image = (open_bundle(trained[name], **small) for name in tiny.DIFFUSION)
    assert mask.get("inferer") is not image.get("inferer")
    assert tuple(mask.get("latent_shape")) == (52, 8, 8)
    assert tuple(image.get("latent_shape")) == (16, 8, 8)
    assert mask.get("anatomy_prior").sample(3, tiny.SIZE).shape == (3, tiny.SIZE, tiny.SIZE)
    with pytest.raises(InputError, match="no_such_property"):
        mask.get("no_such_property")


def test_runs_by_command_from_any_directory(trained: dict[str, Path], tmp_path: Path) -> None:
    root = trained[tiny.MASK]
    settings = {**tiny.AUTOENCODER, **tiny.UNET, "size": tiny.SIZE, "num": 1, "num_inference_steps": 1}
    settings |= {
        "bundle_root": root,
        "output_dir": "out",
        "prompt": PROMPT,
        "config_file": root / "configs/inference.json",
    }
    arguments = [text for name, value in settings.items() for text in (f"--{name}", str(value))]
    environment = {**os.environ, "PYTHONPATH": str(tiny.ROOT)}
    command = [sys.executable, "-m", "monai.bundle", "run", *arguments]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert (tmp_path / "out" / "pathology" / "case_00000.nii.gz").is_file()


def test_a_missing_folder_is_said_when_the_run_reads_it(trained: dict[str, Path]) -> None:
    workflow = tiny.open_inference(trained[tiny.IMAGE], dataset_dir="/nowhere")
    assert not workflow.check_properties()
    with pytest.raises(RuntimeError) as raised:  # what MONAI makes of an error inside a config
        workflow.run()
    assert "dataset_dir: got '/nowhere'; allowed: a folder with pathology" in str(raised.value.__cause__)
