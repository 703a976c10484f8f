# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A copy of a bundle is trained on a datalist, goes on, fine-tunes, warns and draws; the shipped one stays."""

from __future__ import annotations

import json
import logging
import math
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from ignite.engine import Engine

from aurad_monai.bundles.bundle import check_weights, open_bundle
from aurad_monai.bundles.deprecated_site import BOARD, IMPORTS
from aurad_monai.bundles.safety.lint import check_bundle, lint_bundle
from aurad_monai.cli.main import main
from aurad_monai.errors import InputError
from aurad_monai.evaluation.images.feature_distances import kernel_distance
from aurad_monai.files import SUMS
from aurad_monai.filtering.build_index import add_to_generator, load_image
from aurad_monai.filtering.memorization.copy_index import FILE, CopyIndex
from aurad_monai.io.datalist import by_id, read_datalist, write_datalist
from aurad_monai.training.plateau import Plateau
from aurad_monai.training.process import run as run_process
from aurad_monai.training.site_config import TrainConfig, pick_batch_size, repeated_cases, settings_of, site_config
from aurad_monai.training.stall_warning import StallWarning
from aurad_monai.training.train import log_to_mlflow, train
from tests.bundles import tiny

ENTRIES = {**tiny.AUTOENCODER, **tiny.UNET, "samples_per_epoch": 4}


def plan(training_set: Path, output: Path, shipped: Path | None = None, **options: Any) -> TrainConfig:
    options = {"batch_size": 2, "epochs": 1, "min_steps": 0, "entries": tuple(ENTRIES.items()), **options}
    bundle = options.pop("bundle", "image")
    return TrainConfig(training_set, bundle, shipped or tiny.BUNDLES / tiny.IMAGE, output, **options)


@pytest.fixture(scope="module")
def trained(training_set: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train(plan(training_set, tmp_path_factory.mktemp("site") / "image"))


def test_a_trained_copy_is_a_bundle(trained: Path) -> None:
    assert set(check_weights(trained)) >= {"autoencoder.pt", "model.pt"}
    assert (trained / "configs" / "site_train.json").is_file()
    check_bundle(trained)  # what was added to its configs does not keep it from being opened
    run = trained / "runs" / "diffusion"
    assert list((run / "samples").glob("epoch_00001.png"))
    (line,) = (run / "samples" / "kid.jsonl").read_text().splitlines()
    assert json.loads(line)["epoch"] == 1 and math.isfinite(json.loads(line)["kid"])
    assert list((run / "tensorboard").glob("events*"))


def test_a_generator_brings_the_index_of_its_training_images(trained: Path, training_set: Path, tmp_path: Path) -> None:
    index = CopyIndex.from_file(trained / "models" / FILE)
    listed = by_id(read_datalist(str(training_set), "training"))
    assert index.ids == list(listed)
    image = load_image(listed[index.ids[0]])
    assert index.nearest(image, np.zeros((3, *image.shape[1:]), np.uint8)).similarity > 0.99
    tuned = train(plan(training_set, tmp_path / "tuned", trained, from_defaults=True, entries=_slow()))
    assert CopyIndex.from_file(tuned / "models" / FILE).ids == index.ids  # the same images again are held once
    images = [case["image"] for case in listed.values()]
    others = [{**case, "image": image} for case, image in zip(listed.values(), reversed(images), strict=True)]
    add_to_generator([{**others[0], "id": None}, *others[1:]], tuned)  # other images of the same names
    sums = (tuned / "models" / SUMS).read_text().splitlines(keepends=True)
    (tuned / "models" / SUMS).write_text("".join(line for line in sums if FILE not in line))  # killed before its entry
    add_to_generator([{**others[0], "id": None}, *others[1:]], tuned)
    assert len(CopyIndex.from_file(tuned / "models" / FILE).ids) == 2 * len(index.ids)
    check_weights(tuned)


def test_the_shipped_bundle_stays_as_it_is(trained: Path) -> None:
    check_weights(tiny.BUNDLES / tiny.IMAGE)
    assert not (tiny.BUNDLES / tiny.IMAGE / "configs" / "site_train.json").exists()


def test_fine_tuning_starts_from_the_shipped_weights(trained: Path, training_set: Path, tmp_path: Path) -> None:
    tuned = train(plan(training_set, tmp_path / "tuned", trained, from_defaults=True, entries=_slow()))
    before, after = (torch.load(root / "models" / "model.pt", weights_only=True) for root in (trained, tuned))
    assert all((before[name].float() - after[name].float()).abs().max() < 1e-2 for name in before)
    assert not (tuned / "runs" / "autoencoder").exists()
    kept = [(root / "models" / "autoencoder.pt").read_bytes() for root in (trained, tuned)]
    assert kept[0] == kept[1]


def _slow() -> tuple[tuple[str, Any], ...]:
    return tuple({**ENTRIES, "learning_rate": 1e-6}.items())


def test_the_experts_are_trained_without_what_diffusion_needs(training_set: Path, tmp_path: Path) -> None:
    entries = {name: value for small in tiny.EXPERT_NETWORKS.values() for name, value in small.items()}
    shipped = tiny.BUNDLES / tiny.EXPERTS
    made = train(
        plan(
            training_set,
            tmp_path / "experts",
            shipped,
            bundle="filter",
            entries=tuple(entries.items()),
        )
    )
    assert set(check_weights(made)) >= {"model.pt", "findings.pt"}
    assert not list(made.rglob("samples"))


def test_other_folders_are_refused(training_set: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(InputError, match="empty folder"):
        train(plan(training_set, tmp_path))


def test_nothing_to_train_on_is_said_before_anything_is_written(tmp_path: Path) -> None:
    write_datalist(tmp_path, [], [])
    with pytest.raises(InputError, match="at least one training case"):
        train(plan(tmp_path, tmp_path / "copy"))
    assert not (tmp_path / "copy").exists()


def test_settings_follow_plan_and_device(trained: Path, training_set: Path) -> None:
    settings = settings_of(plan(training_set, trained, max_minutes=3.0), "train")
    assert (settings["epochs"], settings["batch_size"], settings["max_minutes"]) == (1, 2, 3.0)
    assert isinstance(settings["mixed_precision"], bool)
    usual = json.loads((trained / "configs" / "train.json").read_text())["batch_size"]
    assert pick_batch_size("cpu", usual) == usual


def test_few_cases_are_repeated_and_the_average_forgets_its_start(trained: Path, training_set: Path) -> None:
    content = json.loads((trained / "configs" / "train.json").read_text())
    few = plan(training_set, trained, min_steps=5, epochs=2)
    assert repeated_cases(few, content) == {
        "train#cases": {
            "_target_": "aurad_monai.io.datalist.read_datalist",
            "dataset_dir": "@dataset_dir",
            "section": "training",
            "repeats": 3,
        },
        "ema_momentum": pytest.approx(5 / 12),  # 12 cases, two at once, twice
    }
    many = plan(training_set, trained, min_steps=2, epochs=10**6)
    assert repeated_cases(many, content) == {"ema_momentum": content["ema_momentum"]}


def test_a_bundle_trained_at_a_site_opens_without_trust(trained: Path, tmp_path: Path) -> None:
    """Its version is raised, numbers of its configs are changed, and it holds a site config of the earlier release."""
    site = shutil.copytree(trained, tmp_path / "site", ignore=shutil.ignore_patterns("runs"))
    metadata = json.loads((site / "configs" / "metadata.json").read_text())
    metadata |= {"version": "0.8.0+site.1", "changelog": {**metadata["changelog"], "0.8.0+site.1": "ours"}}
    (site / "configs" / "metadata.json").write_text(json.dumps(metadata))
    inference = json.loads((site / "configs" / "inference.json").read_text())
    inference |= {"num_inference_steps": 12, "prompt": "a nodule"}
    (site / "configs" / "inference.json").write_text(json.dumps(inference))
    old = json.loads((site / "configs" / "site_train.json").read_text())
    old["train#sample_grid"] |= {"folder": "$@run_dir + '/samples'", "network": "$@ema.ema_model"}
    del old["train#sample_grid"]["run_dir"], old["train#sample_grid"]["ema"]
    old |= {"+imports": IMPORTS, "train#tensorboard": BOARD}
    old["train#cases"] = "$7 * (read_datalist(@dataset_dir, 'training'))"
    (site / "configs" / "site_train.json").write_text(json.dumps(old))
    assert lint_bundle(site) == []
    assert open_bundle(site, device="cpu").get("num_inference_steps") == 12
    old["train#cases"] = "$7 * (read_datalist('/', 'training'))"
    (site / "configs" / "site_train.json").write_text(json.dumps(old))
    with pytest.raises(InputError, match="an expression"):
        open_bundle(site)


def test_a_hostile_bundle_is_not_trained(trained: Path, training_set: Path, tmp_path: Path) -> None:
    """Neither from the folder of bundles nor as an output to go on with, nor by the process that torchrun starts."""
    hostile = shutil.copytree(tiny.BUNDLES / tiny.IMAGE / "configs", tmp_path / "hostile" / "configs").parent
    payload = f"$open({str(tmp_path / 'canary')!r}, 'w')"
    train_config = json.loads((hostile / "configs" / "train_autoencoder.json").read_text())
    (hostile / "configs" / "train_autoencoder.json").write_text(json.dumps({**train_config, "initialize": [payload]}))
    begun = shutil.copytree(trained, tmp_path / "begun", ignore=shutil.ignore_patterns("runs"))
    shutil.copyfile(hostile / "configs" / "train_autoencoder.json", begun / "configs" / "train_autoencoder.json")
    with pytest.raises(InputError, match="train_autoencoder"):
        train(plan(training_set, tmp_path / "new", hostile))
    with pytest.raises(InputError, match="train_autoencoder"):
        train(plan(training_set, begun))
    with pytest.raises(InputError, match="train_autoencoder"):
        run_process(json.dumps({"root": str(hostile), "names": ["inference"], "trust": False, "settings": {}}))
    assert not (tmp_path / "canary").exists() and not (tmp_path / "new").exists()


def test_handlers_are_added_by_name(trained: Path) -> None:
    site = json.loads((trained / "configs" / "site_train.json").read_text())
    shipped = json.loads((trained / "configs" / "train.json").read_text())["train"]["named_handlers"]
    assert shipped[-1] == site["train#named_handlers"][-1] == "@train#resume"  # it keeps the state of all others
    assert site["train#named_handlers"][: len(shipped) - 1] == shipped[:-1]
    assert {"train#stall_warning", "train#sample_grid", "train#progress"} <= set(site)


def test_without_validation_cases_the_validation_is_left_out(trained: Path, tmp_path: Path) -> None:
    write_datalist(tmp_path / "data", [{"id": "a", "image": "a.png", "anatomy": "a.nii.gz"}], [])
    copy = tmp_path / "copy"
    shutil.copytree(trained / "configs", copy / "configs")
    site = json.loads(site_config(plan(tmp_path / "data", copy), "train").read_text())
    assert "@train#validation" not in site["train#named_handlers"]
    assert site["train#loss_history#validator"] is None


def test_mlflow_follows_a_training(tmp_path: Path) -> None:
    mlflow = pytest.importorskip("mlflow", reason="the extra 'mlflow' is not installed")
    trainer = Engine(lambda _, batch: [{"loss": 1.0 / batch}])
    log_to_mlflow(
        TrainConfig(tmp_path, "image", tmp_path, tmp_path / "site", mlflow=str(tmp_path / "runs.db")), "train", trainer
    )
    trainer.run([1, 2, 3], max_epochs=2)
    client = mlflow.MlflowClient(f"sqlite:///{tmp_path / 'runs.db'}")
    (run,) = client.search_runs([client.get_experiment_by_name("aurad image").experiment_id])
    history = client.get_metric_history(run.info.run_id, "loss")
    assert [point.value for point in history] == pytest.approx(2 * [1.0, 1 / 2, 1 / 3])
    assert (run.info.run_name, run.info.status) == ("site train", "FINISHED")


def test_mlflow_is_asked_for_before_anything_is_written(training_set: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="mlflow"):
        train(plan(training_set, tmp_path / "new", mlflow="runs", gpus=2))
    assert not (tmp_path / "new").exists()


def test_samples_that_stay_as_far_from_real_ones_are_named(caplog: pytest.LogCaptureFixture) -> None:
    plateau = Plateau("KID", patience=2, min_improvement=0.01)
    with caplog.at_level(logging.WARNING):
        for epoch, value in enumerate((0.3, 0.2, 0.2, 0.2)):
            plateau.add(value, epoch)
    assert "epoch 3: KID has not improved by 1% for 2 readings" in caplog.text


def test_kernel_distance_is_about_zero_within_and_large_between() -> None:
    generator = torch.Generator().manual_seed(0)
    one, other, far = ((torch.randn(64, 4, generator=generator) + shift).numpy() for shift in (0, 0, 2))
    assert abs(kernel_distance(one, other)) < 1 < kernel_distance(one, far)


def losses(values: list[float], **options: Any) -> tuple[Engine, StallWarning]:
    """An engine of one iteration an epoch with these losses, run to its end."""
    engine = Engine(lambda engine, _: values[engine.state.epoch - 1])
    watch = StallWarning(lambda output: output, **options)
    watch.attach(engine)
    engine.run([0], max_epochs=len(values))
    return engine, watch


def test_a_loss_that_stays_is_named(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        losses([1.0, 0.9, 0.9, 0.9, 0.9], patience=3)
    assert "has not improved" in caplog.text and "epoch 5" in caplog.text


def test_a_loss_that_falls_is_not(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("WARNING")
    losses([1.0, 0.9, 0.8, 0.7, 0.6], patience=1)
    assert caplog.text == ""


def test_a_loss_that_is_no_number_ends_the_run() -> None:
    engine, _ = losses([1.0, float("nan"), 1.0, 1.0])
    assert engine.state.epoch == 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "datalist"),
        (["/no/such", "--bundle", "image", "--output", "x"], "aurad prepare"),
        (["SET", "--output", "x"], "bundle"),
        (["SET", "--bundle", "images", "--output", "x"], "image, mask, filter"),
        (["SET", "--bundle", "image"], "output"),
        (["SET", "--bundle", "image", "--output", "x", "--epochs", "-1"], "epochs"),
    ],
)
def test_command_line(words: list[str], message: str, training_set: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", *(str(training_set) if word == "SET" else word for word in words)]) == 2
    assert message in capsys.readouterr().err
