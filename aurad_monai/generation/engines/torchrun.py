# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Engine for torchrun, on one machine or many: each worker takes its share of what is missing.

In: a job and its shards. Out: a report of each shard to the callbacks.

    torchrun --nproc-per-node 2 --max-restarts 10 -m aurad_monai.cli.main synthesize PLAN --output DIR --engine torchrun

When a worker dies, torchrun starts all of them again, and they share what is then missing.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from datetime import timedelta

from torch.distributed.rendezvous import rendezvous

from aurad_monai.errors import InputError
from aurad_monai.generation.engines.engine import Callbacks, EngineOptions
from aurad_monai.generation.folder import DatasetFolder
from aurad_monai.generation.plan import Shard
from aurad_monai.generation.stop import StopCheck
from aurad_monai.generation.worker import Job, Stopped, Worker

PATIENCE = timedelta(hours=1)
"""How long a worker waits for the others to start and the leader to verify what is there, before all start again."""
POLL_SECONDS = 0.5


class Torchrun:
    """Engine under torchrun; processes meet in its store.

    There is no process group: nothing but "ready" is ever said, and groups that form while workers are killed can fail
    to connect at every restart, whereas the store belongs to the agent, which outlives its workers.

    Args:
        options: not used: torchrun's own flags say how many workers there are.

    Raises:
        InputError: this process was not started by torchrun.
    """

    def __init__(self, options: EngineOptions) -> None:
        if "TORCHELASTIC_RUN_ID" not in os.environ:
            raise InputError("engine", "torchrun", "a process that torchrun started", "see docs/reference/synthesis.md")
        self._store, rank, size = next(rendezvous("env://", timeout=PATIENCE))
        self._rank, self._size = int(rank), int(size)
        self._meetings = 0

    @property
    def leads(self) -> bool:
        """Rank 0 does."""
        return self._rank == 0

    def wait(self) -> None:
        """A barrier over all ranks: the last to come tells the others."""
        self._meetings += 1
        meeting = f"meeting {self._meetings}"
        if self._store.add(meeting, 1) == self._size:
            self._store.set(f"{meeting}: all", "here")
        self._store.wait([f"{meeting}: all"], PATIENCE)

    def run(self, job: Job, shards: Sequence[Shard], callbacks: Callbacks) -> None:
        """Make every n-th of the shards that are missing, from the own rank on; the leader then waits for the rest.

        It watches the folder instead of a barrier, so that it may wait for days. If another worker fails meanwhile,
        torchrun ends and restarts the leader too.
        """
        folder = DatasetFolder(job.root)
        asked = StopCheck(folder, callbacks.request)
        worker = Worker(job, asked, callbacks.made)
        for shard in shards[self._rank :: self._size]:
            callbacks.finished(worker(shard))
        while self.leads and not all(folder.has(shard) for shard in shards):
            if asked():
                raise Stopped
            time.sleep(POLL_SECONDS)
