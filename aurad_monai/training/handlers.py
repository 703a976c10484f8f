# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Training handlers beside those of MONAI and Ignite: resuming, loss history, time limit.

Each takes an engine when it is attached and writes to the folder of the run.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import ignite.distributed as idist
import torch
from ignite.engine import Engine, Events
from ignite.handlers import TimeLimit

from aurad_monai.files import whole_file
from aurad_monai.weights import read_checkpoint

LENGTHS = ("T_max", "total_steps", "_schedule_phases")
"""Scheduler attributes that store the total length. They are kept on resume, else a cosine schedule would restart."""


class Resume:
    """Save one `checkpoint.pt`, whole or not at all, and resume from it.

    Beside MONAI's CheckpointSaver and CheckpointLoader because in one config these cannot hold the trainer that holds
    them, and save in place; this handler takes the engine when it is attached and replaces the file in one step.

    Args:
        folder: where `checkpoint.pt` lives.
        objects: name to anything with `state_dict` and `load_state_dict` (network, optimizer, scheduler, EMA).
        every: save each so many epochs.
    """

    def __init__(self, folder: str, objects: Mapping[str, Any], every: int = 1) -> None:
        self.path = Path(folder) / "checkpoint.pt"
        self.objects = dict(objects)
        self.every = every

    def attach(self, engine: Engine) -> None:
        """Load when the engine starts, save after every `every` epochs and at the end."""
        engine.add_event_handler(Events.STARTED, self._load)
        engine.add_event_handler(Events.EPOCH_COMPLETED(every=self.every) | Events.COMPLETED, self._save)
        engine.add_event_handler(Events.TERMINATE, self._save)

    def _load(self, engine: Engine) -> None:
        if not self.path.is_file():
            return
        state = read_checkpoint(self.path)
        for name, item in self.objects.items():
            own = {key: value for key, value in vars(item).items() if key in LENGTHS}
            item.load_state_dict({**state[name], **own} if own else state[name])
        engine.state.epoch, engine.state.iteration = state["epoch"], state["iteration"]

    def _save(self, engine: Engine) -> None:
        if idist.get_rank() > 0:  # every process loads, one saves
            return
        state: dict[str, Any] = {name: item.state_dict() for name, item in self.objects.items()}
        state.update(epoch=engine.state.epoch, iteration=engine.state.iteration)
        with whole_file(self.path) as partial:
            torch.save(state, partial)


def loss_of(output: Any) -> torch.Tensor:
    """The loss in an engine's output: one mapping, or a list of one a case where MONAI took the batch apart."""
    loss: torch.Tensor = (output if isinstance(output, Mapping) else output[0])["loss"]
    return loss


class LossHistory:
    """Append one JSON line an epoch: epoch, iteration, seconds, mean training loss and validation metrics.

    Beside TensorBoard because it needs no further package and is read by reports and recipes.

    Args:
        path: file to append to; a resumed run continues it.
        validator: engine whose latest metrics join the line.
        output_transform: from the engine's output to the loss.
    """

    def __init__(
        self, path: str, validator: Engine | None = None, output_transform: Callable[[Any], Any] = loss_of
    ) -> None:
        self.path, self.validator, self.output_transform = Path(path), validator, output_transform
        self.losses: list[Any] = []
        self.started = time.monotonic()

    def attach(self, engine: Engine) -> None:
        """Collect after each iteration, write after each epoch."""
        engine.add_event_handler(Events.ITERATION_COMPLETED, self._collect)
        engine.add_event_handler(Events.EPOCH_COMPLETED, self._write)

    def _collect(self, engine: Engine) -> None:
        loss = self.output_transform(engine.state.output)  # read at the end of the epoch: a GPU need not wait for it
        self.losses.append(loss.detach() if isinstance(loss, torch.Tensor) else loss)

    def _write(self, engine: Engine) -> None:
        line: dict[str, float] = {"epoch": engine.state.epoch, "iteration": engine.state.iteration}
        line["seconds"] = round(time.monotonic() - self.started, 1)
        if self.losses:
            line["loss"] = float(sum(self.losses)) / len(self.losses)
        if self.validator is not None and self.validator.state.metrics:
            line.update({name: float(value) for name, value in self.validator.state.metrics.items()})
        self.losses.clear()
        if idist.get_rank() > 0:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as history:
            history.write(json.dumps(line) + "\n")


class StopAfter:
    """End the run, with its checkpoint, after so many minutes: Ignite's TimeLimit with an `attach` for configs.

    Args:
        minutes: wall-clock limit; 0 means none.
    """

    def __init__(self, minutes: float) -> None:
        self.minutes = minutes

    def attach(self, engine: Engine) -> None:
        """Check the clock after each iteration."""
        if self.minutes:
            engine.add_event_handler(Events.ITERATION_COMPLETED, TimeLimit(int(60 * self.minutes)))
