# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Training handler that shows a bar over all steps of a run: rate, time left, loss, learning rate, validation.

Takes the loss of each iteration and the latest metrics of a validator; gives a line on the terminal.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import ignite.distributed as idist
import torch
from ignite.engine import Engine, Events
from torch.optim import Optimizer
from tqdm import tqdm

from aurad_monai.training.handlers import loss_of

TERMINAL, FILE = 0.5, 30.0
"""Seconds between two states of the bar, on a terminal and in a log file."""
KEPT = 0.95
"""How much of the shown loss stays from one step to the next."""


class ProgressBar:
    """One bar over the whole run, of which a resumed one starts where it goes on.

    Beside Ignite's, whose time left is that of an epoch.

    Args:
        name: what stands before the bar.
        optimizer: its learning rate is shown.
        validator: engine whose latest metrics are shown.
        output_transform: from the engine's output to the loss.
    """

    def __init__(
        self,
        name: str,
        optimizer: Optimizer | None = None,
        validator: Engine | None = None,
        output_transform: Callable[[Any], Any] = loss_of,
    ) -> None:
        self.name, self.optimizer, self.validator = name, optimizer, validator
        self.output_transform = output_transform
        self.bar: Any = None
        self.loss: float | None = None

    def attach(self, engine: Engine) -> None:
        """Open with the first epoch, which is after a checkpoint was read; close however the run ends."""
        engine.add_event_handler(Events.EPOCH_STARTED, self._open)
        engine.add_event_handler(Events.ITERATION_COMPLETED, self._step)
        engine.add_event_handler(Events.EPOCH_COMPLETED, self._show)
        engine.add_event_handler(Events.TERMINATE | Events.COMPLETED, self._close)

    def _open(self, engine: Engine) -> None:
        if self.bar is not None or idist.get_rank() > 0:
            return
        state = engine.state
        total = state.max_epochs * state.epoch_length if state.max_epochs and state.epoch_length else None
        every = TERMINAL if sys.stderr.isatty() else FILE
        self.bar = tqdm(total=total, initial=state.iteration, desc=self.name, unit="step", mininterval=every)

    def _step(self, engine: Engine) -> None:
        if self.bar is None:
            return
        if self.bar.update(1) or self.loss is None:  # a loss is read when it is shown: a GPU need not wait for others
            loss = float(torch.as_tensor(self.output_transform(engine.state.output)).detach())
            self.loss = loss if self.loss is None else KEPT * self.loss + (1 - KEPT) * loss
            self._show(engine)

    def _show(self, engine: Engine) -> None:
        if self.bar is None:
            return
        said: dict[str, Any] = {"epoch": f"{engine.state.epoch}/{engine.state.max_epochs}"}
        said |= {} if self.loss is None else {"loss": f"{self.loss:.4g}"}
        if self.optimizer is not None:
            said["lr"] = f"{self.optimizer.param_groups[0]['lr']:.2g}"
        if self.validator is not None:
            metrics = self.validator.state.metrics or {}
            said |= {name: f"{float(value):.4g}" for name, value in metrics.items()}
        self.bar.set_postfix(said, refresh=False)

    def _close(self) -> None:
        if self.bar is not None:
            self.bar.close()
            self.bar = None
