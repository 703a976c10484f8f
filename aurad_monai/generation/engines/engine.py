# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Interface of the engines, which run the worker: in local processes, under torchrun, on Ray or in a Slurm array.

In: the name of an engine and its options. Out: the engine.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from aurad_monai.errors import InputError
from aurad_monai.generation.plan import Shard
from aurad_monai.generation.stop import StopRequest
from aurad_monai.generation.worker import Job, ShardReport

ENGINES = {"processes": "Processes", "torchrun": "Torchrun", "ray": "Ray", "slurm": "Slurm"}
"""Class of each engine, in the file of the engine's name."""


@dataclass(frozen=True)
class Callbacks:
    """Who is told how far the run is.

    Args:
        request: whether this process was asked to stop.
        made: told how many more cases are done, as soon as it is known.
        finished: told of every shard, once it is committed.
    """

    request: StopRequest
    made: Callable[[int], None]
    finished: Callable[[ShardReport], None]


@dataclass(frozen=True)
class EngineOptions:
    """What engines may be told.

    Args:
        workers: how many at once; under torchrun its own flags say that.
        scheduler: parameters of the scheduler by its own names, such as partition and timeout_min of Slurm.
    """

    workers: int = 1
    scheduler: dict[str, Any] = field(default_factory=dict)


class Engine(Protocol):
    """Runs workers until every shard is done or the run is asked to stop."""

    @property
    def leads(self) -> bool:
        """Whether this process prepares and finishes the dataset; one of all does."""

    def wait(self) -> None:
        """Wait until all processes of the engine are here."""

    def run(self, job: Job, shards: Sequence[Shard], callbacks: Callbacks) -> None:
        """Make shards; raises what a worker raised, `Stopped` where asked."""


def open_engine(name: str, options: EngineOptions) -> Engine:
    """The engine of a name.

    Raises:
        InputError: there is none, or the package it needs is not installed.
    """
    if name not in ENGINES:
        raise InputError("engine", name, ", ".join(ENGINES))
    try:
        module = importlib.import_module(f"aurad_monai.generation.engines.{name}")
    except ImportError as error:
        raise InputError("engine", name, f"an installed {error.name}", f'pip install "aurad-monai[{name}]"') from error
    engine: Engine = getattr(module, ENGINES[name])(options)
    return engine
