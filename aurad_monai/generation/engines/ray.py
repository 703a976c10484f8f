# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Engine for Ray: workers are actors on a cluster with a shared file system; Ray restarts those that die.

In: a job and its shards. Out: a report of each shard to the callbacks.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import ray
from ray.util import ActorPool

from aurad_monai.generation.engines.engine import Callbacks, EngineOptions
from aurad_monai.generation.folder import DatasetFolder
from aurad_monai.generation.plan import Shard
from aurad_monai.generation.stop import StopCheck
from aurad_monai.generation.worker import Job, ShardReport, Stopped, Worker


class Ray:
    """Engine on Ray; RAY_ADDRESS says which cluster, without it one is started on this machine.

    Args:
        options: `workers` actors; `scheduler` holds options of an actor, such as num_gpus and num_cpus.
    """

    leads = True

    def __init__(self, options: EngineOptions) -> None:
        self.options = options
        ray.init(ignore_reinit_error=True, log_to_driver=False, include_dashboard=False)

    def wait(self) -> None:
        """There is nobody to wait for."""

    def run(self, job: Job, shards: Sequence[Shard], callbacks: Callbacks) -> None:
        """Make shards; those of an actor that died are made again by its successor."""
        actor = ray.remote(max_restarts=-1, max_task_retries=-1, **self.options.scheduler)(_Actor)
        pool = ActorPool([actor.remote(job) for _ in range(self.options.workers)])
        queue = iter(shards)
        for shard in itertools.islice(queue, 2 * self.options.workers):
            pool.submit(_make, shard)
        while pool.has_next():
            try:
                report = pool.get_next_unordered(timeout=0.5)
            except TimeoutError:
                report = None
            if callbacks.request.signal:
                DatasetFolder(job.root).request_stop()
                raise Stopped
            if report is not None:
                callbacks.made(report.wanted)
                callbacks.finished(report)
                for shard in itertools.islice(queue, 1):
                    pool.submit(_make, shard)


class _Actor:
    """A worker with the method that an actor needs."""

    def __init__(self, job: Job) -> None:
        self.worker = Worker(job, StopCheck(DatasetFolder(job.root)))

    def make(self, shard: Shard) -> ShardReport:
        """See `Worker`."""
        return self.worker(shard)


def _make(actor: Any, shard: Shard) -> Any:
    return actor.make.remote(shard)
