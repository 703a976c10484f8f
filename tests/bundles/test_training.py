# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Both diffusion bundles train through their own configs, go on where they stopped, and leave weights with a hash."""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from PIL import Image

from aurad_monai.bundles.bundle import check_weights, expected_hashes, open_bundle
from aurad_monai.errors import InputError
from aurad_monai.files import sha256
from tests.bundles import tiny


def _epochs(root: Path) -> list[int]:
    lines = (root / "runs" / "diffusion" / "history.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["epoch"] for line in lines]


@pytest.mark.parametrize("bundle", tiny.DIFFUSION)
def test_training_publishes_weights_with_their_hashes(trained: dict[str, Path], bundle: str) -> None:
    models = trained[bundle] / "models"
    expected = expected_hashes(models)
    assert {"autoencoder.pt", "model.pt"} <= set(expected)
    assert all(sha256(models / name) == digest for name, digest in expected.items())
    state = torch.load(models / "model.pt", weights_only=True)
    assert {value.dtype for value in state.values()} == {torch.float16}
    assert all(value.isfinite().all() for value in state.values())


@pytest.mark.parametrize("bundle", tiny.DIFFUSION)
def test_autoencoder_is_fitted_to_its_data(trained: dict[str, Path], bundle: str) -> None:
    state = torch.load(trained[bundle] / "models" / "autoencoder.pt", weights_only=True)
    assert (state["latent_std"] > 0).all()
    assert state["basis"].abs().sum() > 0


@pytest.mark.parametrize("bundle", tiny.DIFFUSION)
def test_train_properties(trained: dict[str, Path], training_set: Path, tmp_path: Path, bundle: str) -> None:
    root = Path(shutil.copytree(trained[bundle], tmp_path / bundle))
    assert not tiny.open_training(root, training_set).check_properties()


CACHES = {tiny.IMAGE: "radiographs/image.array", tiny.MASK: "latents/training.pt"}


@pytest.mark.parametrize("bundle", tiny.DIFFUSION)
def test_training_resumes_at_the_next_epoch(
    trained: dict[str, Path], training_set: Path, tmp_path: Path, bundle: str
) -> None:
    root = Path(shutil.copytree(trained[bundle], tmp_path / bundle))
    before = torch.load(root / "runs" / "diffusion" / "checkpoint.pt", weights_only=True)
    cache = root / "runs" / "diffusion" / CACHES[bundle]
    encoded = cache.stat().st_mtime_ns
    tiny.open_training(root, training_set, epochs=2).run()
    after = torch.load(root / "runs" / "diffusion" / "checkpoint.pt", weights_only=True)
    assert (before["epoch"], after["epoch"]) == (1, 2)
    assert after["iteration"] == 2 * before["iteration"]
    assert _epochs(root) == [1, 2]
    assert cache.stat().st_mtime_ns == encoded
    changed = [key for key, value in before["network"].items() if not torch.equal(value, after["network"][key])]
    assert changed


@pytest.mark.parametrize("bundle", tiny.DIFFUSION)
def test_autoencoder_is_evaluated(
    trained: dict[str, Path], training_set: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], bundle: str
) -> None:
    settings = {**tiny.AUTOENCODER, "dataset_dir": str(training_set), "device": "cpu", "output_dir": str(tmp_path)}
    evaluate = "evaluate" if bundle == tiny.IMAGE else "evaluate_autoencoder"
    tiny.open_workflow(trained[bundle], "inference", "train_autoencoder", evaluate, **settings).run()
    summary = json.loads((tmp_path / "reconstruction.json").read_text(encoding="utf-8"))
    assert json.dumps(summary, indent=2) in capsys.readouterr().out
    if bundle == tiny.IMAGE:
        assert set(summary) == {"val_ssim", "val_psnr"}
    else:
        assert set(summary["val_dice_by_finding"]) == {"effusion"}
        assert summary["val_dice_by_finding"]["effusion"]["cases"] == 1


def test_masks_are_evaluated_beside_pasted_and_real_ones(
    trained: dict[str, Path], training_set: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = {"dataset_dir": str(training_set), "output_dir": str(tmp_path), "count": 4, "num_inference_steps": 2}
    settings |= {**tiny.AUTOENCODER, **tiny.UNET, "device": "cpu", "size": tiny.SIZE, "report#seeds_a_prompt": 2}
    tiny.open_workflow(trained[tiny.MASK], "inference", "evaluate", kind="inference", **settings).run()
    metrics = json.loads((tmp_path / "masks.json").read_text(encoding="utf-8"))
    real, generated = (metrics["attribute_adherence"][name] for name in ("real", "generated"))
    assert real["present"][0] == real["side"][0] == real["unrequested_absent"][0] == 1.0
    assert generated["unrequested_absent"][0] == 1.0 and 0 <= generated["present"][0] <= 1.0
    table = (tmp_path / "masks.md").read_text(encoding="utf-8")
    assert "| on the requested side |" in table and table.strip() in capsys.readouterr().out


@pytest.mark.parametrize("bundle", tiny.DIFFUSION)
def test_larger_data_train_on_the_same_latents(trained: dict[str, Path], tmp_path: Path, bundle: str) -> None:
    root = Path(shutil.copytree(trained[bundle], tmp_path / bundle))
    data = tiny.write_training_set(tmp_path / "data", size=2 * tiny.SIZE)
    workflow = tiny.open_training(root, data, output_dir=str(tmp_path / "run"), batch_size=1)
    workflow.run()
    assert workflow.parser.get_parsed_content("train#dataset")[0]["latents"].shape[-2:] == (8, 8)
    assert torch.load(tmp_path / "run/checkpoint.pt", weights_only=True)["iteration"] == 4


def test_missing_or_changed_weights_are_named_with_their_hash(trained: dict[str, Path], tmp_path: Path) -> None:
    root = Path(shutil.copytree(trained[tiny.IMAGE], tmp_path / tiny.IMAGE))
    weights = root / "models" / "model.pt"
    digest = expected_hashes(weights.parent)["model.pt"]
    weights.write_bytes(weights.read_bytes()[:-1])
    with pytest.raises(InputError, match="model.pt") as caught:
        check_weights(root)
    assert digest in str(caught.value)
    weights.unlink()
    with pytest.raises(InputError, match="no such file") as caught:
        open_bundle(root)
    assert str(weights) in str(caught.value) and digest in str(caught.value)
    with pytest.raises(RuntimeError) as wrapped:  # MONAI's runner names the expression and keeps our error as the cause
        tiny.open_inference(root, dataset_dir=str(tmp_path))
    assert str(wrapped.value.__cause__) == str(caught.value)


def test_anatomy_expert_trains(training_set: Path, tmp_path: Path) -> None:
    root = tiny.copy_bundle(tiny.EXPERTS, tmp_path)
    network = tiny.EXPERT_NETWORKS["train"]
    settings = {"dataset_dir": str(training_set), **network, **tiny.SMALL_RUN}
    tiny.open_workflow(root, "train", **settings).run()
    workflow = tiny.open_workflow(root, "inference", kind="inference", device="cpu", **network)
    seen = workflow.parser.get_parsed_content("network")(torch.zeros(1, 1, tiny.SIZE, tiny.SIZE))
    assert seen.shape == (1, 3, tiny.SIZE, tiny.SIZE)


def test_findings_expert_trains(training_set: Path, tmp_path: Path) -> None:
    root = tiny.copy_bundle(tiny.EXPERTS, tmp_path)
    settings = {"dataset_dir": str(training_set), **tiny.EXPERT_NETWORKS["train_findings"], **tiny.SMALL_RUN}
    tiny.open_workflow(root, "train_findings", **settings, train__validation__interval=1).run()
    (line,) = (root / "runs/findings/history.jsonl").read_text().splitlines()
    assert math.isfinite(json.loads(line)["loss"]) and "val_dice" in json.loads(line)
    weights = torch.load(root / "models/findings.pt", weights_only=True)
    assert all(torch.isfinite(value).all() for value in weights.values())


def test_encoder_trains(training_set: Path, tmp_path: Path) -> None:
    root = tiny.copy_bundle(tiny.EXPERTS, tmp_path)
    settings = {"dataset_dir": str(training_set), **tiny.ENCODER, **tiny.SMALL_RUN}
    tiny.open_workflow(root, "train_encoder", **settings).run()
    (line,) = (root / "runs/encoder/history.jsonl").read_text().splitlines()
    assert 0 < json.loads(line)["loss"] < 10
    weights = torch.load(root / "models/encoder.pt", weights_only=True)
    assert weights["conv1.weight"].dtype == torch.float16 and not any("hidden" in name for name in weights)


def test_two_processes_train_one_network(trained: dict[str, Path], training_set: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(trained[tiny.MASK], tmp_path / tiny.MASK))
    shutil.rmtree(root / "runs")
    published = expected_hashes(root / "models")["model.pt"]
    files = str([str(root / "configs" / name) for name in ("inference.json", "train.json", "multi_gpu_train.json")])
    settings = {**tiny.AUTOENCODER, **tiny.UNET, "epochs": 1, "batch_size": 1, "dataset_dir": training_set}
    settings |= {"bundle_root": root, "config_file": files, "backend": "gloo", "device": "cpu"}
    arguments = [text for name, value in settings.items() for text in (f"--{name}", str(value))]
    launch = ["torch.distributed.run", "--standalone", "--nproc_per_node=2", "-m", "monai.bundle", "run"]
    environment = {**os.environ, "PYTHONPATH": str(tiny.ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", *launch, *arguments]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert _epochs(root) == [1]
    checkpoint = torch.load(root / "runs" / "diffusion" / "checkpoint.pt", weights_only=True)
    assert checkpoint["iteration"] == 2  # four cases, two processes
    assert not any(key.startswith("module.") for key in checkpoint["network"])
    assert expected_hashes(root / "models")["model.pt"] != published
