# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""What both trainings share: time that counts, averaged weights, checkpoints that appear whole, a CSV of figures."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import nn

EMA_LIMIT = 0.9995
Network = TypeVar("Network", bound=nn.Module)


class Clock:
    """Minutes of a training over all its runs, on the wall and of the processor."""

    def __init__(self, wall: float = 0.0, processor: float = 0.0) -> None:
        self._before, self._start = (wall, processor), (time.time(), time.process_time())

    @property
    def run(self) -> float:
        """Minutes of this run."""
        return (time.time() - self._start[0]) / 60

    @property
    def wall(self) -> float:
        """Minutes of all runs."""
        return self._before[0] + self.run

    @property
    def processor(self) -> float:
        """Processor minutes of all runs."""
        return self._before[1] + (time.process_time() - self._start[1]) / 60


class Averaged:
    """Exponential moving average of a network's state, with a memory that grows with the steps done."""

    def __init__(self, network: nn.Module) -> None:
        self.state = {key: value.detach().clone() for key, value in network.state_dict().items()}

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        """Take in the weights after `step` steps."""
        decay = min(EMA_LIMIT, (1 + step) / (10 + step))
        found = {key: value for key, value in network.state_dict().items() if value.is_floating_point()}
        torch._foreach_lerp_([self.state[key] for key in found], list(found.values()), 1 - decay)


def channels_last(network: Network) -> Network:
    """The same network with weights as convolutions on a processor like them best."""
    to: Any = network.to  # its overloads leave this out
    to(memory_format=torch.channels_last)
    return network


def save(path: Path, content: Mapping[str, Any]) -> None:
    """Write a checkpoint; it appears whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(dict(content), path.with_suffix(".partial"))
    os.replace(path.with_suffix(".partial"), path)


def load(path: Path, device: str) -> dict[str, Any] | None:
    """A checkpoint, None where there is none yet."""
    return dict(torch.load(path, map_location=device, weights_only=True)) if path.is_file() else None


def log(path: Path, row: Mapping[str, float | str]) -> None:
    """Append a line to a CSV file, with a header where it is new; the line is printed too."""
    new = not path.is_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as lines:
        lines.write(",".join(row) + "\n" if new else "")
        lines.write(",".join(f"{v:.4f}" if isinstance(v, float) else str(v) for v in row.values()) + "\n")
    print(" ".join(f"{k} {v:.4f}" if isinstance(v, float) else f"{k} {v}" for k, v in row.items()), flush=True)


def every(minutes: float, clock: Clock, limit: float) -> Iterator[bool]:
    """For each step of a run of `limit` minutes, at least one, whether `minutes` have passed since the last True."""
    due, first = clock.run + minutes, True
    while first or clock.run < limit:
        first, now = False, clock.run >= due
        due = clock.run + minutes if now else due
        yield now


def rate(peak: float, step: int, clock: Clock, limit: float, warmup: int = 60, tail: float = 0.0) -> float:
    """Learning rate: linear warmup, constant, and a linear fall in the last share `tail` of the run."""
    left = 1 - clock.run / max(limit, 1e-9)
    return peak * min(1.0, (step + 1) / warmup) * (min(1.0, max(left, 0.0) / tail) if tail else 1.0)
