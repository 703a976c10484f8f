# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A hostile bundle is refused before any of it runs, whichever way in it tries; and the ways in are real ones.

Published advisories against MONAI whose pattern is here: GHSA-873f-pvrv-4x83 (configs are code), GHSA-x6pr-233j-x5cw (a
bundle handed over by a federated-learning server), GHSA-wvpx-5qmp-46g3 (logging.conf is evaluated). Zip slip
(GHSA-x6ww-pf9m-m73m, GHSA-9rg3-9pvr-6p27) is in tests/bundles/packaging/test_unpack.py, pickles (GHSA-6vm5-6jv9-rjpj,
GHSA-p8cm-mm2v-gwjm, GHSA-89gg-p5r5-q6r4) in test_hostile_weights.py.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from monai.bundle import ConfigParser

from aurad_monai.cli import main as cli
from aurad_monai.bundles.bundle import open_bundle
from aurad_monai.bundles.gate import open_workflow
from aurad_monai.errors import InputError
from aurad_monai.io.datalist import save_channels, save_image, write_datalist
from aurad_monai.generation.pipeline import FILTER_BUNDLE, IMAGE_BUNDLE, MASK_BUNDLE
from tests.bundles.safety import hostile_configs as hostile

MakeBundle = Callable[..., Path]


def refused(root: Path) -> str:
    """The one line that a bundle is refused with, before its parser exists."""
    with pytest.raises(InputError) as raised:
        open_bundle(root)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_the_harmless_bundle_opens(canary: Path, make_bundle: MakeBundle) -> None:
    assert open_bundle(make_bundle()).get("a").in_features == 1


@pytest.mark.parametrize("text", hostile.EXPRESSIONS)
def test_expressions(canary: Path, make_bundle: MakeBundle, text: str) -> None:
    assert "inference.json x" in refused(make_bundle({"x": text}))


@pytest.mark.parametrize("text", hostile.IMPORTS)
def test_imports(canary: Path, make_bundle: MakeBundle, text: str) -> None:
    assert "inference.json imports" in refused(make_bundle({"imports": ["$import torch", text]}))


@pytest.mark.parametrize("target", hostile.TARGETS, ids=str)
def test_targets(canary: Path, make_bundle: MakeBundle, target: Any) -> None:
    component = {"_target_": target, "command": "touch canary", "args": ["touch", "canary"]}
    assert "x#_target_" in refused(make_bundle({"x": component}))


@pytest.mark.parametrize("config", hostile.STRUCTURES.values(), ids=hostile.STRUCTURES)
def test_structures(canary: Path, make_bundle: MakeBundle, config: dict[str, Any]) -> None:
    assert "inference.json" in refused(make_bundle(config))


@pytest.mark.parametrize("metadata", hostile.METADATA.values(), ids=hostile.METADATA)
def test_metadata(canary: Path, make_bundle: MakeBundle, metadata: dict[str, Any]) -> None:
    assert "metadata.json" in refused(make_bundle(metadata=metadata))


@pytest.mark.parametrize("text", hostile.LOGGING.values(), ids=hostile.LOGGING)
def test_logging_conf(canary: Path, make_bundle: MakeBundle, text: str) -> None:
    root = make_bundle()
    (root / "configs/logging.conf").write_text(text)
    assert "logging.conf" in refused(root)


@pytest.mark.parametrize("text", hostile.TEXTS.values(), ids=hostile.TEXTS)
@pytest.mark.parametrize("file", ["inference.json", "metadata.json"])
def test_json_texts(canary: Path, make_bundle: MakeBundle, text: str, file: str) -> None:
    root = make_bundle()
    (root / "configs" / file).write_bytes(text.encode("utf-8", "surrogateescape"))
    assert file in refused(root)


@pytest.mark.parametrize("name", hostile.FILES)
def test_files_that_could_run(canary: Path, make_bundle: MakeBundle, name: str) -> None:
    root = make_bundle()
    (root / name).parent.mkdir(exist_ok=True)
    (root / name).write_bytes(hostile.FILES[name])
    assert name in refused(root)


@pytest.mark.parametrize("name", ["configs/extra.json", "models/other.pt", "docs"])
def test_links(canary: Path, make_bundle: MakeBundle, name: str) -> None:
    root = make_bundle()
    os.symlink("/etc/passwd", root / name)
    assert "a link, a pipe or a device" in refused(root)


def test_the_command_line_refuses_a_hostile_bundle(
    canary: Path, make_bundle: MakeBundle, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "guests"
    for name in (MASK_BUNDLE, IMAGE_BUNDLE, FILTER_BUNDLE):
        shutil.copytree(make_bundle({"network": f"${hostile.RUN}"}), folder / name)
    words = ["generate", "small left pleural effusion", "--output", str(tmp_path / "run"), "--bundle_dir", str(folder)]
    assert cli.main(words) == 2
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error")]
    assert len(lines) == 1 and "inference.json network" in lines[0]
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("payload", [f"${hostile.RUN}", {"_target_": "os.system", "command": "touch canary"}], ids=str)
@pytest.mark.parametrize("verb", ["lint", "package", "filter", "generate", "render", "synthesize", "train"])
def test_no_verb_reaches_the_parser_around_the_gate(
    canary: Path, make_bundle: MakeBundle, tmp_path: Path, verb: str, payload: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, data = tmp_path / "guests", tmp_path / "data"
    for name in (MASK_BUNDLE, IMAGE_BUNDLE, FILTER_BUNDLE):
        shutil.copytree(make_bundle({"network": payload, "filter": payload}), folder / name)
        shutil.copyfile(folder / name / "configs/inference.json", folder / name / "configs/train_autoencoder.json")
    save_image(data / "images" / "a.png", np.zeros((256, 256), dtype=np.uint8))
    save_channels(data / "masks.nii.gz", np.zeros((13, 256, 256), dtype=np.uint8))
    write_datalist(data, [{"id": "a", "image": "images/a.png"}], [])
    (data / "plan.txt").write_text("normal\n")
    masks, output = str(data / "masks.nii.gz"), ["--output", str(tmp_path / "out"), "--bundle_dir", str(folder)]
    words = {
        "lint": [str(folder / MASK_BUNDLE)],
        "package": [str(tmp_path / "bundles" / "guest"), "--output", str(tmp_path / "out")],
        "filter": [str(data / "images"), *output],
        "generate": ["normal", *output],
        "render": [masks, "--anatomy", masks, *output],
        "synthesize": [str(data / "plan.txt"), *output],
        "train": [str(data), "--bundle", "image", *output],
    }
    assert cli.main([verb, *words[verb]]) in (1, 2)
    said = "".join(capsys.readouterr())
    assert "network" in said or "filter" in said, said


def test_another_config_of_the_bundle(canary: Path, make_bundle: MakeBundle) -> None:
    root = make_bundle()
    (root / "configs/train.json").write_text('{"x": "$open(1)"}')
    assert "train.json x" in refused(root)


RUNNING = (
    {"x": f"${hostile.RUN}"},
    {"x": {"_target_": "os.system", "command": "touch canary"}},
    {"x": {"_target_": "aurad_monai.bundles.gate.os.system", "command": "touch canary"}},
    {"x": {"_target_": "LoadImage", "reader": "os.system", "command": "touch canary"}},
    {"f": 1, "x": "$'@f, {" + hostile.RUN.replace("'", '"') + "}'"},
    {"m": "$import torch", "x": "$@m.os.system('touch canary')"},
    {"x": {**hostile.UNET, "_desc_": f"${hostile.RUN}"}},
    {"x": {"_target_": "torch.nn.Linear", "in_features": 1, "out_features": 1}, "x#bias": f"${hostile.RUN}"},
)


@pytest.mark.parametrize("config", RUNNING, ids=range(len(RUNNING)))
def test_the_ways_in_are_real(
    config: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_bundle: MakeBundle
) -> None:
    monkeypatch.chdir(tmp_path)
    root = make_bundle(config)
    parser = ConfigParser()
    parser.read_config(str(root / "configs/inference.json"))
    try:
        parser.get_parsed_content("x")
    except Exception as error:  # some payloads fail after they have run
        print(error)
    assert (tmp_path / "canary").exists()
    assert refused(root)


@pytest.mark.parametrize(
    "text",
    [
        "not a list",
        "0" * 64 + "  ../../../etc/passwd",
        "0" * 64 + "  /etc/passwd",
        "0" * 63 + "  model.pt",
        "0" * 64 + "  model.pt",
        "0" * 64 + "  absent.pt",
        "\udcff",
    ],
)
def test_the_lock_of_the_weights(canary: Path, make_bundle: MakeBundle, text: str) -> None:
    root = make_bundle()
    (root / "models/SHA256SUMS").write_bytes(text.encode("utf-8", "surrogateescape"))
    assert "sha256" in refused(root)


UNLISTED = ("models/x.pt", "models/x", "models/.x", "models/sub/model.pt", "x.PT", "docs/x.safetensors", "x.h5")


@pytest.mark.parametrize("name", UNLISTED)
def test_weights_that_the_lock_does_not_list(canary: Path, make_bundle: MakeBundle, name: str) -> None:
    root = make_bundle()
    (root / name).parent.mkdir(exist_ok=True)
    (root / name).write_bytes(b"")
    assert "a weight file without a hash" in refused(root)


def test_checkpoints_of_a_training_do_not_close_its_bundle(canary: Path, make_bundle: MakeBundle) -> None:
    root = make_bundle()
    (root / "runs" / "diffusion").mkdir(parents=True)
    (root / "runs" / "diffusion" / "checkpoint.pt").write_bytes(b"")
    assert open_bundle(root).get("a").in_features == 1


def test_packages_of_ones_own_can_be_trusted(make_bundle: MakeBundle) -> None:
    root = make_bundle({"x": {"_target_": "collections.OrderedDict", "a": 1}, "y": "$@x.__class__"})
    with pytest.raises(InputError, match=r"inference\.json y"):
        open_bundle(root, trust=["collections"])
    root = make_bundle({"x": {"_target_": "collections.OrderedDict", "a": 1}})
    assert open_bundle(root, trust=["collections"]).get("x")["a"] == 1


def test_whole_trust_is_said_in_one_line(make_bundle: MakeBundle, capsys: pytest.CaptureFixture[str]) -> None:
    root = make_bundle({"imports": ["$import math"], "x": "$math.pi"})
    with pytest.raises(InputError, match="only a config of ours may import"):
        open_bundle(root)
    assert open_bundle(root, trust=True).get("x") > 3
    (line,) = capsys.readouterr().err.splitlines()
    assert "--trust" in line and "read, change, delete and send" in line


@pytest.mark.parametrize("case", hostile.NAMED.values(), ids=hostile.NAMED)
def test_doors_that_were_found(canary: Path, make_bundle: MakeBundle, case: hostile.Named) -> None:
    root = make_bundle()
    for name, content in case.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    assert refused(root)
    with pytest.raises(InputError):
        open_workflow(root, ["inference"], kind="inference")


@pytest.mark.parametrize("name", ["$__import__('os').system('touch canary')", "%x.json", "@a", "$1", "a#b", "a::b"])
def test_a_folder_is_no_expression(canary: Path, make_bundle: MakeBundle, name: str) -> None:
    """The name of a folder is data: never evaluated, or refused where MONAI would read another path."""
    root = make_bundle({"place": "@bundle_root"})
    odd = root.parent / name.replace("/", "_")
    root.rename(odd)
    os.chdir(odd.parent)
    try:
        assert open_bundle(odd.name).get("place") == str(odd)
    except InputError:
        assert "#" in name or "::" in name
    finally:
        os.chdir(canary.parent)


def test_a_pipe_or_a_device_does_not_hold_up(canary: Path, make_bundle: MakeBundle) -> None:
    for name in ("configs/inference.json", "configs/logging.conf", "models/model.pt", "docs"):
        root = make_bundle()
        (root / name).unlink(missing_ok=True)
        os.mkfifo(root / name)
        with pytest.raises(InputError):
            open_bundle(root)
        (root / name).unlink()


@pytest.mark.parametrize("count", [1000, 10**9])
def test_a_network_of_a_stranger_is_measured_before_it_takes_memory(make_bundle: MakeBundle, count: int) -> None:
    channels = [min(count * 16, 16384)] * 4 if count == 1000 else [count] * 3
    net = {"_target_": "monai.networks.nets.UNet", "spatial_dims": 3, "in_channels": 1, "out_channels": 1}
    root = make_bundle({"x": {**net, "channels": channels, "strides": [2] * (len(channels) - 1), "num_res_units": 4}})
    with pytest.raises((InputError, RuntimeError)) as raised:
        open_bundle(root).get("x")
    assert "up to" in str(raised.value)


def test_a_bundle_of_listed_names_opens_with_its_weights(make_bundle: MakeBundle) -> None:
    """What a site with networks of its own writes: names, literals, references, and no expression."""
    file = {"_target_": "aurad_monai.bundles.bundle.model_file", "bundle_root": "@bundle_root", "name": "model.pt"}
    load = {"_target_": "aurad_monai.bundles.bundle.load_weights", "network": "@a", "path": file, "device": "@device"}
    opened = open_bundle(make_bundle({"device": "cpu", "network": load}))
    assert float(opened.get("network").weight.detach().abs().sum()) == 0.0


@pytest.mark.parametrize("name", ["../model.pt", "/etc/passwd", "a/b", "", ".hidden", "a\0b", "@bundle_root"])
def test_a_model_file_is_below_models(canary: Path, make_bundle: MakeBundle, name: str) -> None:
    file = {"_target_": "aurad_monai.bundles.bundle.model_file", "bundle_root": "@bundle_root", "name": name}
    assert "name" in refused(make_bundle({"dataset_dir": "x", "x": file}))
