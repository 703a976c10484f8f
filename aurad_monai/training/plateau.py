# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""When a figure of a training, the lower the better, has stopped to fall: said once in a while, not once an epoch."""

from __future__ import annotations

import logging
import math

LOGGER = logging.getLogger("aurad_monai.training")


class Plateau:
    """Watch one figure.

    Args:
        name: what the warning calls it.
        patience: values without an improvement after which a warning is logged.
        least: relative improvement of the best value that counts as one.
    """

    def __init__(self, name: str, patience: int, least: float) -> None:
        self.name, self.patience, self.least = name, patience, least
        self.best = math.inf
        self.waited = 0

    def add(self, value: float, epoch: int) -> None:
        """The next value; a warning is logged after every `patience` values that were no better."""
        if not math.isfinite(self.best) or value < self.best - self.least * abs(self.best):
            self.best, self.waited = value, 0
            return
        self.waited += 1
        if self.waited % self.patience == 0:
            text = "epoch %d: %s has not improved by %.0f%% for %d readings (best %.4g, now %.4g)"
            LOGGER.warning(text, epoch, self.name, 100 * self.least, self.waited, self.best, value)
