# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Plateau detection for a lower-is-better metric.

Takes one value an epoch; warns after every `patience` values without improvement.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping

LOGGER = logging.getLogger("aurad_monai.training")


class Plateau:
    """Watch one metric.

    Args:
        name: what the warning calls it.
        patience: values without an improvement after which a warning is logged.
        min_improvement: relative improvement of the best value that counts as one.
    """

    def __init__(self, name: str, patience: int, min_improvement: float) -> None:
        self.name, self.patience, self.min_improvement = name, patience, min_improvement
        self.best = math.inf
        self.waited = 0

    def state_dict(self) -> dict[str, float]:
        """The best value so far, and how many came after it."""
        return {"best": self.best, "waited": self.waited}

    def load_state_dict(self, state: Mapping[str, float]) -> None:
        """Go on from there."""
        self.best, self.waited = state["best"], int(state["waited"])

    def add(self, value: float, epoch: int) -> None:
        """The next value; a warning is logged after every `patience` values that were no better."""
        if not math.isfinite(self.best) or value < self.best - self.min_improvement * abs(self.best):
            self.best, self.waited = value, 0
            return
        self.waited += 1
        if self.waited % self.patience == 0:
            text = "epoch %d: %s has not improved by %.0f%% for %d readings (best %.4g, now %.4g)"
            LOGGER.warning(text, epoch, self.name, 100 * self.min_improvement, self.waited, self.best, value)
