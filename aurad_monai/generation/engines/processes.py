# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Engine for this machine: one worker in this process, or several in processes of their own.

In: a job and its shards. Out: a report of each shard to the callbacks.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool

from aurad_monai.generation.engines.engine import Callbacks, EngineOptions
from aurad_monai.generation.folder import DatasetFolder
from aurad_monai.generation.plan import Shard
from aurad_monai.generation.stop import StopCheck
from aurad_monai.generation.worker import Job, ShardReport, Stopped, Worker

LOSSES_WITHOUT_PROGRESS = 3
"""So many times in a row workers may die without one shard done, before the run gives up."""

_worker: Worker | None = None


class Processes:
    """Engine of one machine.

    Args:
        options: its `workers` are used.
    """

    leads = True

    def __init__(self, options: EngineOptions) -> None:
        self.workers = options.workers

    def wait(self) -> None:
        """There is nobody to wait for."""

    def run(self, job: Job, shards: Sequence[Shard], callbacks: Callbacks) -> None:
        """Make shards; a worker that is killed is replaced and its shard made again."""
        folder = DatasetFolder(job.root)
        if self.workers == 1:
            worker = Worker(job, StopCheck(folder, callbacks.request), callbacks.made)
            for shard in shards:
                callbacks.finished(worker(shard))
            return
        losses = 0
        while remaining := [shard for shard in shards if not folder.has(shard)]:
            try:
                self._pool(job, remaining, callbacks, folder)
            except BrokenProcessPool:
                left = [shard for shard in remaining if not folder.has(shard)]
                losses = losses + 1 if len(left) == len(remaining) else 0
                if losses == LOSSES_WITHOUT_PROGRESS:
                    raise

    def _pool(self, job: Job, shards: Sequence[Shard], callbacks: Callbacks, folder: DatasetFolder) -> None:
        """Keep a pool of workers busy; only a few shards are handed out ahead, so memory stays flat."""
        context = multiprocessing.get_context("spawn")  # torch and CUDA do not survive a fork
        queue = iter(shards)
        with ProcessPoolExecutor(self.workers, context, _start, (job, os.getpid())) as pool:
            running: set[Future[ShardReport]] = set()
            try:
                while True:
                    while len(running) < 2 * self.workers and (shard := next(queue, None)) is not None:
                        running.add(pool.submit(_make, shard))
                    if not running:
                        return
                    done, running = wait(running, timeout=0.2, return_when=FIRST_COMPLETED)
                    for future in done:
                        report = future.result()
                        callbacks.made(report.wanted)
                        callbacks.finished(report)
                    if callbacks.request.signal:
                        raise Stopped
            except BrokenProcessPool:
                raise  # the pool has ended the other workers already
            except BaseException as ending:
                folder.request_stop()
                _leave(pool, at_once=isinstance(ending, KeyboardInterrupt))
                raise


def _leave(pool: ProcessPoolExecutor, at_once: bool) -> None:
    """Let the workers end their batch; on a second Ctrl-C end them, those that stand still as well."""
    try:
        if not at_once:
            pool.shutdown(wait=True, cancel_futures=True)
    except BaseException:
        at_once = True
        raise
    finally:
        if at_once:
            if threading.current_thread() is threading.main_thread():
                signal.signal(signal.SIGINT, signal.SIG_IGN)  # a third one must not keep this from ending them
            while workers := multiprocessing.active_children():  # one may have been about to start
                for worker in workers:
                    worker.kill()
                    worker.join()


def _start(job: Job, parent: int) -> None:
    """Open the sampler of a worker process. Ctrl-C reaches it too, but its parent decides."""
    global _worker
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with, args=(parent,), daemon=True).start()
    _worker = Worker(job, StopCheck(DatasetFolder(job.root), parent=parent))


def _leave_with(parent: int) -> None:
    """End this process soon after its parent, however that ended."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def _make(shard: Shard) -> ShardReport:
    assert _worker is not None, "the pool starts every worker by _start"
    return _worker(shard)
