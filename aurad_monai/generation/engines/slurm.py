# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Engine for Slurm: workers are jobs of an array, submitted by submitit; the submitting process finishes the dataset.

In: a job and its shards. Out: a report of each shard to the callbacks.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from pathlib import Path

import submitit

from aurad_monai.generation.engines.engine import Callbacks, EngineOptions
from aurad_monai.generation.folder import DatasetFolder
from aurad_monai.generation.plan import Shard
from aurad_monai.generation.stop import StopCheck
from aurad_monai.generation.worker import Job, ShardReport, Stopped, Worker

POLL_SECONDS = 1.0


class Slurm:
    """Engine of a Slurm array.

    Args:
        options: `workers` array jobs; `scheduler` holds submitit's parameters (partition, timeout_min, gpus_per_node
            and so on), and `cluster`: "slurm" where there is none, "local" for processes here.
    """

    leads = True

    def __init__(self, options: EngineOptions) -> None:
        self.options = options

    def wait(self) -> None:
        """There is nobody to wait for."""

    def run(self, job: Job, shards: Sequence[Shard], callbacks: Callbacks) -> None:
        """Submit an array in which each job makes its share, and follow it."""
        folder = DatasetFolder(job.root)
        parameters = dict(self.options.scheduler)
        logs = folder.root.with_name(f"{folder.root.name}.slurm")
        executor = submitit.AutoExecutor(str(logs), cluster=parameters.pop("cluster", "slurm"))
        executor.update_parameters(name="aurad", slurm_array_parallelism=self.options.workers, **parameters)
        shares = [share for first in range(self.options.workers) if (share := shards[first :: self.options.workers])]
        jobs = executor.map_array(_make_share, [job] * len(shares), shares)
        waiting = list(jobs)
        try:
            while waiting:
                done = [item for item in waiting if item.done()]
                waiting = [item for item in waiting if item not in done]
                for item in done:
                    for report in item.result():
                        callbacks.made(report.wanted)
                        callbacks.finished(report)
                if callbacks.request.signal:
                    raise Stopped
                if waiting:
                    time.sleep(POLL_SECONDS)
        except BaseException:
            folder.request_stop()
            raise
        shutil.rmtree(Path(logs), ignore_errors=True)


def _make_share(job: Job, shards: Sequence[Shard]) -> list[ShardReport]:
    """What one job of the array does; shards that a job before it finished are left alone, so Slurm may requeue it."""
    folder = DatasetFolder(job.root)
    worker = Worker(job, StopCheck(folder))
    return [worker(shard) for shard in shards if not folder.has(shard)]
