# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Training handlers beside those of MONAI and Ignite: resuming, loss history, time limit and signals.

Each takes an engine when it is attached and writes to the folder of the run.
"""

from __future__ import annotations

import json
import logging
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType
from typing import Any

import ignite.distributed as idist
import torch
from ignite.engine import Engine, Events
from ignite.handlers import TimeLimit
from monai.handlers import TensorBoardStatsHandler

from aurad_monai.errors import InputError
from aurad_monai.files import whole_file, write_text
from aurad_monai.training.random_states import RandomStates, RestOfEpoch, capture, restore
from aurad_monai.weights import is_finite, read_checkpoint

LOGGER = logging.getLogger("aurad_monai.training")
LENGTHS = ("T_max", "total_steps", "_schedule_phases")
"""Scheduler attributes that store the total length. They are kept on resume, else a cosine schedule would restart."""
FINITE = ("network", "ema", "controlnet")
"""Objects that are never kept with a value that is not finite."""


class Resume:
    """Save one `checkpoint.pt`, whole or not at all, and go on from it at the very next iteration.

    Beside MONAI's CheckpointSaver and CheckpointLoader because in one config these cannot hold the trainer that holds
    them, save in place, and know epochs alone; this handler takes the engine when it is attached, replaces the file in
    one step, and keeps random states and the place within the epoch. List it after handlers whose state it keeps.

    Args:
        folder: where `checkpoint.pt` lives.
        objects: name to anything with `state_dict` and `load_state_dict` (network, optimizer, scheduler, EMA, history).
        every: save each so many epochs.
    """

    def __init__(self, folder: str, objects: Mapping[str, Any], every: int = 1) -> None:
        self.path = Path(folder) / "checkpoint.pt"
        self.objects = dict(objects)
        self.every = every
        self.epoch_start: RandomStates = {}
        self.loaded: RandomStates | None = None

    def attach(self, engine: Engine) -> None:
        """Load when the engine starts, save after every `every` epochs, when it is stopped, and at the end."""
        engine.add_event_handler(Events.STARTED, self._load)
        engine.add_event_handler(Events.EPOCH_STARTED, self._begin_epoch)
        engine.add_event_handler(Events.EPOCH_COMPLETED(every=self.every) | Events.COMPLETED, self._save)
        engine.add_event_handler(Events.TERMINATE, self._save)
        engine.add_event_handler(Events.TERMINATE, self._say)

    def _load(self, engine: Engine) -> None:
        if not self.path.is_file():
            return
        state = read_checkpoint(self.path)
        for name, item in self.objects.items():
            if name not in state:
                LOGGER.warning("%s has no %s, which starts anew", self.path, name)
                continue
            own = {key: value for key, value in vars(item).items() if key in LENGTHS}
            try:
                item.load_state_dict({**state[name], **own} if own else state[name])
            except (RuntimeError, ValueError) as error:
                why = f"a checkpoint of this {name} ({' '.join(str(error).split())[:80]})"
                raise InputError(
                    "run_dir", self.path, why, "remove it to start anew, or name another folder"
                ) from error
        self._go_to(engine, state)

    def _go_to(self, engine: Engine, state: Mapping[str, Any]) -> None:
        """Set epoch and iteration; within an epoch the loader goes on behind the batches that were seen."""
        iteration, length = state["iteration"], engine.state.epoch_length
        before = state.get("epoch_length") or (iteration // max(state["epoch"], 1) if length is None else length)
        done, seen = divmod(iteration, max(before, 1))
        if length not in (None, before):
            if seen:
                LOGGER.warning("an epoch has %d steps, not %d: epoch %d starts anew", length, before, done + 1)
            iteration, seen = done * length, 0
        engine.state.epoch, engine.state.iteration = done, iteration
        LOGGER.info("going on behind step %d of %s, epoch %d", iteration, self.path, done)
        if "random" not in state or idist.get_world_size() > 1:  # one process cannot know the states of others
            engine.state.iteration = iteration - seen
            return
        self.epoch_start, self.loaded = state["random"]["epoch_start"], state["random"]["now"]
        if seen:
            rest = RestOfEpoch(engine.state.dataloader, seen, self.epoch_start, self.loaded)
            engine.state.dataloader, self.loaded = rest, None
        else:
            self.epoch_start = {}

    def _begin_epoch(self, engine: Engine) -> None:
        """Keep the random states from which the order of this epoch's cases follows."""
        if self.loaded is not None:
            restore(self.loaded, engine.state.dataloader)
            self.loaded = None
        if not (isinstance(engine.state.dataloader, RestOfEpoch) and engine.state.dataloader.seen):
            self.epoch_start = capture(engine.state.dataloader)

    def _save(self, engine: Engine) -> None:
        if idist.get_rank() > 0:  # every process loads, one saves
            return
        state: dict[str, Any] = {name: item.state_dict() for name, item in self.objects.items()}
        if not all(map(is_finite, (value for name, value in state.items() if name in FINITE))):
            LOGGER.error("step %d is not finite and is not kept; %s stays", engine.state.iteration, self.path)
            return
        length = engine.state.epoch_length
        epoch = engine.state.iteration // length if length else engine.state.epoch
        state.update(epoch=epoch, iteration=engine.state.iteration, epoch_length=length)
        state["random"] = {"epoch_start": self.epoch_start, "now": capture(engine.state.dataloader)}
        with whole_file(self.path) as partial:
            torch.save(state, partial)

    def _say(self, engine: Engine) -> None:
        """What a run that was stopped has left."""
        state, kept = engine.state, ", ".join(self.objects)
        of = f" of {state.max_epochs * state.epoch_length}" if state.epoch_length and state.max_epochs else ""
        text = f"stopped at step {state.iteration}{of}: {self.path} holds {kept} and random states of that step"
        if idist.get_rank() == 0:
            print(f"{text}; the same command goes on there", file=sys.stderr, flush=True)


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
        self.iteration = 0

    def attach(self, engine: Engine) -> None:
        """Collect after each iteration, write after each epoch."""
        engine.add_event_handler(Events.ITERATION_COMPLETED, self._collect)
        engine.add_event_handler(Events.EPOCH_COMPLETED, self._write)

    def state_dict(self) -> dict[str, Any]:
        """The losses of an epoch that is not over, and the seconds so far."""
        losses = torch.tensor([float(loss) for loss in self.losses], dtype=torch.float64)
        return {"losses": losses, "iteration": self.iteration, "seconds": time.monotonic() - self.started}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from there; lines of what came after it, which a kill may leave, are taken out."""
        self.losses = state["losses"].tolist()
        self.started = time.monotonic() - state["seconds"]
        self.iteration = state["iteration"]
        if idist.get_rank() == 0 and self.path.is_file():
            lines = self.path.read_text(encoding="utf-8").splitlines()
            kept = [line for line in lines if json.loads(line)["iteration"] <= self.iteration]
            write_text(self.path, "".join(f"{line}\n" for line in kept))

    def _collect(self, engine: Engine) -> None:
        loss = self.output_transform(engine.state.output)  # read at the end of the epoch: a GPU need not wait for it
        self.losses.append(loss.detach() if isinstance(loss, torch.Tensor) else loss)
        self.iteration = engine.state.iteration

    def _write(self, engine: Engine) -> None:
        line: dict[str, float] = {"epoch": engine.state.epoch, "iteration": engine.state.iteration}
        line["seconds"] = round(time.monotonic() - self.started, 1)
        if self.losses:
            line["loss"] = sum(float(loss) for loss in self.losses) / len(self.losses)
        if self.validator is not None and self.validator.state.metrics:
            line.update({name: float(value) for name, value in self.validator.state.metrics.items()})
        self.losses.clear()
        if idist.get_rank() > 0:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as history:
            history.write(json.dumps(line) + "\n")


class TensorBoardLoss:
    """Log the training loss for TensorBoard, by MONAI's handler with names in the place of functions.

    Args:
        run_dir: folder of the run, in which `tensorboard` goes.
    """

    def __init__(self, run_dir: str) -> None:
        self.log_dir = str(Path(run_dir) / "tensorboard")

    def attach(self, engine: Engine) -> None:
        """Log after each iteration and epoch."""
        TensorBoardStatsHandler(log_dir=self.log_dir, tag_name="loss", output_transform=loss_of).attach(engine)


def _within_epoch(engine: Engine, iteration: int) -> bool:
    """Not after the last iteration of an epoch, whose handlers have not run yet."""
    return not engine.state.epoch_length or iteration % engine.state.epoch_length != 0


class StopAfter:
    """End the run, with a checkpoint of that iteration, after so many minutes, or on Ctrl-C or SIGTERM.

    Ignite's TimeLimit for configs, never between the last iteration of an epoch and what belongs to its
    end. Signals are listened to in a run of one process.

    Args:
        minutes: wall-clock limit; 0 means none.
    """

    def __init__(self, minutes: float) -> None:
        self.minutes = minutes
        self.signal = 0
        self.before: dict[int, Any] = {}

    def attach(self, engine: Engine) -> None:
        """Check after each iteration."""
        after = Events.ITERATION_COMPLETED(event_filter=_within_epoch) | Events.EPOCH_COMPLETED
        if self.minutes:
            engine.add_event_handler(after, TimeLimit(max(1, int(60 * self.minutes))))
        engine.add_event_handler(Events.STARTED, self._listen)
        engine.add_event_handler(after, self._obey)
        engine.add_event_handler(Events.TERMINATE | Events.COMPLETED, self._unlisten)
        engine.add_event_handler(Events.EXCEPTION_RAISED, self._raise)

    def _listen(self) -> None:
        if threading.current_thread() is threading.main_thread() and idist.get_world_size() == 1:
            self.before = {number: signal.signal(number, self._ask) for number in (signal.SIGINT, signal.SIGTERM)}

    def _ask(self, number: int, frame: FrameType | None = None) -> None:
        """The first signal asks; the second does what it always does."""
        self.signal = number
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
        print("stopping after the step at hand; once more stops at once", file=sys.stderr, flush=True)

    def _obey(self, engine: Engine) -> None:
        if self.signal:
            engine.terminate(skip_completed=True)  # no last picture: who asked wants to leave

    def _unlisten(self) -> None:
        for number, handler in self.before.items():
            signal.signal(number, handler)
        self.before = {}

    def _raise(self, engine: Engine, error: BaseException) -> None:
        self._unlisten()
        raise error
