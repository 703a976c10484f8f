# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Every training, stopped within an epoch and at its end, goes on at the next step and ends bit for bit the same."""

from __future__ import annotations

import json
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest
import torch
from ignite.engine import Engine, Events
from monai.bundle import ConfigWorkflow
from monai.data import DataLoader, Dataset
from monai.transforms import Compose, RandFlipd, RandGaussianNoised

from aurad_monai.errors import InputError
from aurad_monai.training.handlers import Resume, StopAfter
from aurad_monai.training.random_states import RestOfEpoch, capture
from tests.bundles import tiny

RUN = {"epochs": 2, "batch_size": 2}
EXPERTS = {f"experts {step}": (tiny.EXPERTS, (step,), small) for step, small in tiny.EXPERT_NETWORKS.items()}
TRAININGS: dict[str, tuple[str, tuple[str, ...], dict[str, Any]]] = {
    "masks": (tiny.MASK, ("inference", "train"), {**tiny.AUTOENCODER, **tiny.UNET}),
    "images": (tiny.IMAGE, ("inference", "train"), {**tiny.AUTOENCODER, **tiny.UNET}),
    "autoencoder": (tiny.IMAGE, ("inference", "train_autoencoder"), {**tiny.AUTOENCODER, "samples_per_epoch": 4}),
    **EXPERTS,
}


def open_run(name: str, root: Path, dataset_dir: Path) -> ConfigWorkflow:
    """One training of two steps an epoch, twice."""
    _, configs, entries = TRAININGS[name]
    return tiny.open_workflow(root, *configs, dataset_dir=str(dataset_dir), device="cpu", **entries, **RUN)


def trainer_of(workflow: ConfigWorkflow) -> Engine:
    engine: Engine = workflow.parser.get_parsed_content("train#trainer")
    return engine


def stop_at(engine: Engine, *iterations: int) -> None:
    """Ctrl-C in the middle of these iterations."""
    event = Events.ITERATION_STARTED(event_filter=lambda _, iteration: iteration in iterations)
    engine.add_event_handler(event, lambda: signal.raise_signal(signal.SIGINT))


def flat(state: Any, name: str = "") -> dict[str, Any]:
    """Every tensor and number of a checkpoint, but the clock's."""
    if isinstance(state, dict):
        items = ((str(key), value) for key, value in state.items() if key not in ("seconds", "random"))
    elif isinstance(state, (list, tuple)):
        items = ((str(place), value) for place, value in enumerate(state))
    else:
        return {name: state}
    return {key: value for part, item in items for key, value in flat(item, f"{name}/{part}").items()}


@pytest.mark.parametrize("name", TRAININGS)
def test_stopped_and_gone_on_ends_as_unbroken(
    name: str, training_set: Path, trained: dict[str, Path], tmp_path: Path
) -> None:
    bundle = TRAININGS[name][0]
    roots = [tmp_path / part / bundle for part in ("whole", "parts")]
    for root in roots:
        if "train" in TRAININGS[name][1] and bundle in trained:  # a diffusion network needs its autoencoder
            shutil.copytree(trained[bundle], root, ignore=shutil.ignore_patterns("runs", "model.pt"))
            (root / "models" / "SHA256SUMS").unlink()
        else:
            tiny.copy_bundle(bundle, root.parent)
    open_run(name, roots[0], training_set).run()
    for stop in (2, 3):  # at the end of an epoch, within the next
        workflow = open_run(name, roots[1], training_set)
        stop_at(trainer_of(workflow), stop)
        workflow.run()
        assert trainer_of(workflow).state.iteration == stop
    last = open_run(name, roots[1], training_set)
    last.run()
    assert trainer_of(last).state.iteration == 4
    (one,), (other,) = (list(root.glob("runs/*/checkpoint.pt")) for root in roots)
    whole, parts = (flat(torch.load(path, weights_only=True)) for path in (one, other))
    assert whole.keys() == parts.keys()
    for key, value in whole.items():
        assert torch.equal(value, parts[key]) if isinstance(value, torch.Tensor) else value == parts[key], key
    lines = [[json.loads(line) for line in (path.parent / "history.jsonl").open()] for path in (one, other)]
    assert [line["epoch"] for line in lines[1]] == [1, 2]
    assert [line["loss"] for line in lines[0]] == [line["loss"] for line in lines[1]]


def small_engine(folder: Path, length: int = 4, **more: Any) -> Engine:
    network = torch.nn.Linear(1, 1)
    engine = Engine(lambda *_: None)
    engine.state.losses = []
    Resume(str(folder), {"network": network, **more}).attach(engine)
    StopAfter(0).attach(engine)
    engine.data = [torch.ones(1)] * length
    return engine


def test_ctrl_c_says_what_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = signal.getsignal(signal.SIGINT)
    engine = small_engine(tmp_path)
    stop_at(engine, 3)
    engine.run(engine.data, max_epochs=2)
    said = capsys.readouterr().err
    assert f"stopped at step 3 of 8: {tmp_path / 'checkpoint.pt'} holds network and random states" in said
    assert signal.getsignal(signal.SIGINT) is before
    assert torch.load(tmp_path / "checkpoint.pt", weights_only=True)["epoch"] == 0


def test_the_second_ctrl_c_stops_at_once(tmp_path: Path) -> None:
    before, engine = signal.getsignal(signal.SIGINT), small_engine(tmp_path)
    stop_at(engine, 3)
    stop_at(engine, 3)
    with pytest.raises(KeyboardInterrupt):
        engine.run(engine.data, max_epochs=2)
    assert signal.getsignal(signal.SIGINT) is before and not (tmp_path / "checkpoint.pt").exists()


def test_epochs_of_another_length_start_anew(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    engine = small_engine(tmp_path)
    stop_at(engine, 7)
    engine.run(engine.data, max_epochs=2)
    longer = small_engine(tmp_path, length=6)
    assert longer.run(longer.data, max_epochs=2).iteration == 12
    assert "an epoch has 6 steps, not 4: epoch 2 starts anew" in caplog.text


def test_another_network_is_refused(tmp_path: Path) -> None:
    engine = small_engine(tmp_path)
    engine.run(engine.data, max_epochs=1)
    other = Engine(lambda *_: None)
    Resume(str(tmp_path), {"network": torch.nn.Linear(2, 1)}).attach(other)
    with pytest.raises(InputError, match="a checkpoint of this network"):
        other.run([0], max_epochs=2)


def test_weights_that_are_no_numbers_are_not_kept(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    network = torch.nn.Linear(1, 1)
    engine = Engine(lambda engine, _: engine.state.epoch == 2 and network.weight.data.fill_(float("nan")))
    Resume(str(tmp_path), {"network": network}).attach(engine)
    engine.run([0, 1], max_epochs=2)
    state = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    assert state["iteration"] == 2 and state["network"]["weight"].isfinite().all()
    assert "not finite" in caplog.text


def test_checkpoints_of_earlier_versions_go_on(tmp_path: Path) -> None:
    """They have no place within an epoch: the broken epoch starts anew."""
    torch.save({"network": torch.nn.Linear(1, 1).state_dict(), "epoch": 2, "iteration": 6}, tmp_path / "checkpoint.pt")
    engine = small_engine(tmp_path)
    steps: list[int] = []
    engine.add_event_handler(Events.ITERATION_COMPLETED, lambda: steps.append(engine.state.iteration))
    engine.run(engine.data, max_epochs=3)
    assert steps == list(range(5, 13))


def test_seen_batches_are_not_read_again() -> None:
    transform = Compose([RandFlipd("x", prob=0.5), RandGaussianNoised("x")])
    read: list[int] = []

    class Counted(Dataset):
        def __getitem__(self, index: Any) -> Any:
            read.append(index)
            return super().__getitem__(index)

    torch.manual_seed(0)
    loader = DataLoader(Counted([{"x": torch.arange(4.0)[None]}] * 6, transform), batch_size=2, shuffle=True)
    start, batches = capture(loader), []
    for batch in loader:
        batches.append(batch["x"].clone())
        if len(batches) == 1:
            now = capture(loader)
    order, (first, *_) = list(read), read
    read.clear()
    rest = RestOfEpoch(loader, 1, start, now)
    assert all(torch.equal(a["x"], b) for a, b in zip(rest, batches[1:], strict=True))
    assert read == order[2:] and first == order[0]
    assert len(list(rest)) == len(rest) == 3
