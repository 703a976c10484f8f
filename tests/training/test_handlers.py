# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Handlers: an interrupted run goes on as if it had not been, its history grows, and the clock ends it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from ignite.engine import Engine, Events
from torch import nn
from torch.optim.lr_scheduler import CosineAnnealingLR

from aurad_monai.training import handlers
from aurad_monai.training.handlers import LossHistory, Resume, StopAfter

DATA = [torch.tensor([float(value)]) for value in range(1, 5)]


def trainer(folder: Path, epochs_seen: list[int] | None = None) -> tuple[Engine, nn.Linear]:
    """An engine that fits y = 3x with momentum, resumable."""
    torch.manual_seed(0)
    network = nn.Linear(1, 1)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9)

    def step(engine: Engine, value: torch.Tensor) -> float:
        optimizer.zero_grad()
        loss = (network(value) - 3 * value).square().mean()
        loss.backward()
        optimizer.step()
        if epochs_seen is not None:
            epochs_seen.append(engine.state.epoch)
        return float(loss.detach())

    engine = Engine(step)
    Resume(str(folder), {"network": network, "optimizer": optimizer}).attach(engine)
    return engine, network


def test_a_resumed_run_ends_where_an_unbroken_one_does(tmp_path: Path) -> None:
    whole, expected = trainer(tmp_path / "whole")
    whole.run(DATA, max_epochs=4)
    trainer(tmp_path / "parts")[0].run(DATA, max_epochs=2)
    seen: list[int] = []
    engine, network = trainer(tmp_path / "parts", seen)
    engine.run(DATA, max_epochs=4)
    assert sorted(set(seen)) == [3, 4]
    assert torch.allclose(network.weight, expected.weight) and torch.allclose(network.bias, expected.bias)
    state = torch.load(tmp_path / "parts/checkpoint.pt", weights_only=True)
    assert (state["epoch"], state["iteration"]) == (4, 16)
    assert not list(tmp_path.glob("*/*.partial"))


@pytest.mark.parametrize("stopped", [2, 3])
def test_a_run_that_goes_on_for_more_epochs_lowers_its_rate_on(tmp_path: Path, stopped: int) -> None:
    def run(length: int, epochs: int) -> list[float]:
        optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=1.0)
        schedule = CosineAnnealingLR(optimizer, T_max=length, eta_min=0.1)
        engine, rates = Engine(lambda *_: optimizer.step()), []
        engine.add_event_handler(
            Events.EPOCH_COMPLETED, lambda: (rates.append(schedule.get_last_lr()[0]), schedule.step())
        )
        Resume(str(tmp_path), {"optimizer": optimizer, "lr_scheduler": schedule}).attach(engine)
        engine.run([0], max_epochs=epochs)
        return rates

    rates = [*run(3, stopped), *run(9, 9)]
    assert len(rates) == 9 and rates == sorted(rates, reverse=True) and rates[-1] >= 0.1


def test_history_is_a_line_an_epoch_and_grows_on_resume(tmp_path: Path) -> None:
    for epochs in (2, 3):
        engine, _ = trainer(tmp_path)
        LossHistory(str(tmp_path / "history.jsonl"), output_transform=lambda loss: loss).attach(engine)
        engine.run(DATA, max_epochs=epochs)
    lines = [json.loads(line) for line in (tmp_path / "history.jsonl").read_text().splitlines()]
    assert [line["epoch"] for line in lines] == [1, 2, 3]
    assert [line["iteration"] for line in lines] == [4, 8, 12]
    assert lines[0]["loss"] > 0


def test_history_holds_the_mean_of_the_epoch_and_the_validator(tmp_path: Path) -> None:
    losses = iter([1.0, 3.0, 5.0, 7.0])
    engine, validator = Engine(lambda *_: torch.tensor(next(losses))), Engine(lambda *_: None)
    validator.state.metrics = {"val_dice": 0.5}
    LossHistory(str(tmp_path / "history.jsonl"), validator, lambda loss: loss).attach(engine)
    engine.run([0, 1], max_epochs=2)
    lines = [json.loads(line) for line in (tmp_path / "history.jsonl").read_text().splitlines()]
    assert [(line["loss"], line["val_dice"]) for line in lines] == [(2.0, 0.5), (6.0, 0.5)]


def test_the_clock_is_asked_for_in_seconds_and_zero_means_none(monkeypatch: pytest.MonkeyPatch) -> None:
    limits: list[int] = []

    def at_once(limit: int) -> object:
        limits.append(limit)
        return lambda engine: engine.terminate()

    monkeypatch.setattr(handlers, "TimeLimit", at_once)
    for minutes, iterations in ((0.5, 1), (0, 4)):
        engine = Engine(lambda *_: None)
        StopAfter(minutes).attach(engine)
        assert engine.run(DATA, max_epochs=1).iteration == iterations
    assert limits == [30]


def test_a_run_that_is_ended_early_keeps_its_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handlers, "TimeLimit", lambda _: lambda engine: engine.terminate())
    engine, _ = trainer(tmp_path)
    StopAfter(1).attach(engine)
    engine.run(DATA, max_epochs=2)
    assert torch.load(tmp_path / "checkpoint.pt", weights_only=True)["iteration"] == 1
