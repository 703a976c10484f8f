# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Training handler that stops on a NaN or infinite loss and warns when the loss stops improving.

Takes the loss of each iteration; gives log lines, and ends the run.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
from ignite.engine import Engine, Events
from ignite.handlers import TerminateOnNan

from aurad_monai.training.handlers import loss_of
from aurad_monai.training.plateau import Plateau

LOGGER = logging.getLogger("aurad_monai.training")


class StallWarning:
    """Watch the mean loss of each epoch.

    Args:
        output_transform: from the engine's output to the loss.
        patience: epochs without an improvement after which a warning is logged.
        min_improvement: relative improvement of the best loss that counts as one.
    """

    def __init__(
        self, output_transform: Callable[[Any], Any] = loss_of, patience: int = 5, min_improvement: float = 0.01
    ) -> None:
        self.output_transform = output_transform
        self.terminate = TerminateOnNan(output_transform)
        self.plateau = Plateau("the loss", patience, min_improvement)
        self.losses: list[float] = []

    def attach(self, engine: Engine) -> None:
        """Collect after each iteration, compare after each epoch."""
        engine.add_event_handler(Events.ITERATION_COMPLETED, self.terminate)
        engine.add_event_handler(Events.ITERATION_COMPLETED, self._collect)
        engine.add_event_handler(Events.EPOCH_COMPLETED, self._compare)

    def state_dict(self) -> dict[str, Any]:
        """The losses of an epoch that is not over, and the best epoch so far."""
        return {"losses": list(self.losses), **self.plateau.state_dict()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from there."""
        self.losses = list(state["losses"])
        self.plateau.load_state_dict(state)

    def _collect(self, engine: Engine) -> None:
        loss = float(torch.as_tensor(self.output_transform(engine.state.output)).detach())
        if math.isfinite(loss):
            self.losses.append(loss)
        else:
            LOGGER.error("loss is %s at iteration %d: stop; use a lower learning rate", loss, engine.state.iteration)

    def _compare(self, engine: Engine) -> None:
        mean = sum(self.losses) / max(len(self.losses), 1)
        self.losses.clear()
        self.plateau.add(mean, engine.state.epoch)
