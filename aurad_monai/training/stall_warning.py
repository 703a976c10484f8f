# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A training that goes nowhere says so early: a loss that is no number ends it, one that stays where it is is named."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from typing import Any

from ignite.engine import Engine, Events

from aurad_monai.training.plateau import Plateau

LOGGER = logging.getLogger("aurad_monai.training")


class StallWarning:
    """Watch the mean loss of each epoch.

    Args:
        output_transform: from the engine's output to the loss.
        patience: epochs without an improvement after which a warning is logged.
        least: relative improvement of the best loss that counts as one.
    """

    def __init__(self, output_transform: Callable[[Any], Any], patience: int = 5, least: float = 0.01) -> None:
        self.output_transform = output_transform
        self.plateau = Plateau("the loss", patience, least)
        self.total = 0.0
        self.count = 0

    def attach(self, engine: Engine) -> None:
        """Collect after each iteration, judge after each epoch."""
        engine.add_event_handler(Events.ITERATION_COMPLETED, self._collect)
        engine.add_event_handler(Events.EPOCH_COMPLETED, self._judge)

    def _collect(self, engine: Engine) -> None:
        loss = float(self.output_transform(engine.state.output))
        if not math.isfinite(loss):
            LOGGER.error(
                "the loss is %s at iteration %d: stopping; lower the learning rate", loss, engine.state.iteration
            )
            engine.terminate()
            return
        self.total, self.count = self.total + loss, self.count + 1

    def _judge(self, engine: Engine) -> None:
        mean = self.total / max(self.count, 1)
        self.total, self.count = 0.0, 0
        self.plateau.add(mean, engine.state.epoch)
