# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""MONAI Deploy loads every bundle from its folder and what the filter bundle exports, and gives the bundle's masks.

What needs the SDK (extra `deploy`, in an environment of its own) is skipped without it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pydicom
import pytest
import torch
import yaml
from monai.bundle import ConfigParser, ckpt_export
from PIL import Image

from aurad_monai.bundles.safety.lint import lint_bundle
from aurad_monai.io.anatomy_file import to_labels
from aurad_monai.io.datalist import load_channels, save_image
from aurad_monai.io.radiograph import read_radiograph
from tests.archive.hospital import generated_picture, write_radiograph
from tests.bundles import tiny
from tests.conftest import ellipse_chest

CONFIGS = tiny.BUNDLES / tiny.EXPERTS / "configs"
APP = tiny.ROOT / "docs" / "how_to" / "deploy"
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
    files = []
    for file in extra:
        (folder / file).write_text(extra[file].decode() if isinstance(extra[file], bytes) else extra[file])
        files.append(str(folder / file))
    parser = ConfigParser()
    parser.read_config(files[1:])  # as the SDK merges them
    parser.read_meta(json.loads((folder / "metadata.json").read_text()))
    before, inferer, after = (parser.get_parsed_content(n) for n in ("preprocessing", "inferer", "postprocessing"))
    image = before({"image": read_radiograph(folder / "in" / f"{name}.png")})["image"]
    with torch.no_grad():
        (logits,) = inferer(inputs=image[None], network=network)
    pred = after({"pred": logits, "image": image})["pred"].numpy()
    assert pred.shape == (1, 256, 256) and (pred == pred.astype(np.uint8)).all()
    assert (pred[0] == expected(folder, name)).all()
    assert parser["_meta_#network_data_format#outputs#pred#type"] == "image"


@pytest.mark.parametrize("bundle", (tiny.MASK, tiny.IMAGE, tiny.EXPERTS))
def test_every_bundle_loads_from_its_folder(bundle: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the SDK's rule, wherever it runs: both configs merged, the network made, the weights loaded strictly."""
    monkeypatch.chdir(tmp_path)
    root, parser = tiny.BUNDLES / bundle, ConfigParser()
    parser.read_meta(json.loads((root / "configs/metadata.json").read_text()))
    parser.read_config([str(root / "configs" / f"{name}.json") for name in ("inference", "deploy")])
    network = parser.get_parsed_content("network")
    network.load_state_dict(torch.load(root / "models" / "model.pt", weights_only=True), strict=True)
    inputs = parser["_meta_#network_data_format#inputs"]
    assert inputs and not isinstance(network, torch.jit.ScriptModule)


@pytest.mark.parametrize("bundle", (tiny.MASK, tiny.IMAGE, tiny.EXPERTS))
def test_the_sdk_loads_every_folder(bundle: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("monai.deploy", reason="the extra 'deploy' is not installed")
    from monai.deploy.operators import monai_bundle_inference_operator as sdk

    monkeypatch.chdir(tmp_path)
    root = tiny.BUNDLES / bundle
    parser = sdk.get_bundle_config(str(root), ["inference", "deploy"])
    network = sdk._load_model_from_directory_bundle(root, torch.device("cpu"), parser)
    own = torch.load(root / "models" / "model.pt", weights_only=True)
    assert all(torch.equal(value, own[name].to(value.dtype)) for name, value in network.state_dict().items())
    monkeypatch.chdir(root)  # what reads more of the folder than the network looks for it where it stands
    assert parser.get_parsed_content("inferer") is not None


@pytest.mark.parametrize("packaged", [False, True], ids=["TorchScript", "package"])
@pytest.mark.timeout(1200)
def test_the_application_gives_the_masks_of_the_bundle(folder: Path, packaged: bool, tmp_path: Path) -> None:
    """From TorchScript label maps; from the folder of a MAP, as its container runs it, SEG and report of DICOM too."""
    pytest.importorskip("monai.deploy", reason="the extra 'deploy' is not installed")
    if not packaged:
        words = ["--input", folder / "in", "--model", folder / "model.ts", "--output", tmp_path]
        _run([sys.executable, str(APP / "app.py"), *map(str, words)])
    else:
        place = tmp_path / "map"
        _run([sys.executable, str(APP / "package.py"), "--output", str(place)])
        shutil.copytree(folder / "in", place / "input", dirs_exist_ok=True)
        write_radiograph(place / "input" / "hospital.dcm", generated_picture())
        _run([str(place / "app" / "run.sh")])
        objects = {path.stem: pydicom.dcmread(path) for path in (place / "output" / "hospital").glob("*.dcm")}
        assert {"report", "outlined"} <= set(objects)
        assert {item.StudyInstanceUID for item in objects.values()} == {"2.25.1002"}
        names = {path.name for path in (place / "app").iterdir()}
        assert names >= {"app.py", "app.yaml", "requirements.txt", "run.sh"}
    for name in NAMES:
        made = tmp_path / f"map/output/{name}.png" if packaged else tmp_path / f"{name}.png"
        assert (np.asarray(Image.open(made)) == expected(folder, name)).all()


def test_the_folder_of_a_map_is_whole(tmp_path: Path) -> None:
    """What `monai-deploy package` makes a container of: application, its YAML and requirements, the bundle."""
    place = tmp_path / "map"
    _run([sys.executable, str(APP / "package.py"), "--output", str(place)])
    told = yaml.safe_load((place / "app" / "app.yaml").read_text())
    assert told["application"]["title"] and told["resources"]["gpu"] == 0
    (needed,) = [line for line in (place / "app" / "requirements.txt").read_text().splitlines() if line[:1] != "#"]
    assert needed == "aurad-monai[archive,deploy]"
    assert os.access(place / "app" / "run.sh", os.X_OK) and (place / "input").is_dir()
    assert not list(lint_bundle(place / "models" / tiny.EXPERTS))


def _run(command: list[str]) -> None:
    environment = {**os.environ, "PYTHON": sys.executable, "PYTHONPATH": str(tiny.ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-3000:]
