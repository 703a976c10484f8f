# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Synthesize a dataset of any size from a plan, through interruptions: open, find missing shards, make them, finish.

In: an `Order`: plan, folder, sampler and engine. Out: the dataset, and how the session ended.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tqdm import tqdm

from aurad_monai.errors import InputError
from aurad_monai.export.provenance import Provenance
from aurad_monai.files import digest_of, read_json
from aurad_monai.generation.engines.engine import Callbacks, Engine, EngineOptions, open_engine
from aurad_monai.generation.finish import finish, remove_work
from aurad_monai.generation.folder import RUN, DatasetFolder, clean, missing_shards, open_folder
from aurad_monai.generation.plan import Plan, Shard
from aurad_monai.generation.replica import OpenSampler
from aurad_monai.generation.stop import StopRequest, signals_ask
from aurad_monai.generation.worker import Job, ShardReport, Stopped


@dataclass(frozen=True)
class Order:
    """What is to be made, where and how.

    Args:
        plan: prompts and counts.
        output: the folder.
        open_sampler: called in each worker.
        made_by: bundles, settings and version; part of the dataset's identity.
        engine: one of `ENGINES`.
        options: of the engine.
        batch_size: attempts at once; changes speed, and images by rounding only.
        resume: continue an interrupted run.
        overwrite: replace an earlier run.
        progress: show a bar.
        record: anything run.json shall say of this session, such as versions and the command.
    """

    plan: Plan
    output: str | Path
    open_sampler: OpenSampler
    made_by: Provenance = field(default_factory=Provenance)
    engine: str = "processes"
    options: EngineOptions = field(default_factory=EngineOptions)
    batch_size: int = 4
    resume: bool = False
    overwrite: bool = False
    progress: bool = True
    record: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class SynthesisResult:
    """How a session ended.

    Args:
        folder: the dataset.
        finished: every case was made, or given up for good.
        exit_code: 0, or 128 and the signal that stopped the run.
        report: content of report.json, in the leading process of a finished run.
    """

    folder: Path
    finished: bool
    exit_code: int = 0
    report: Mapping[str, Any] | None = None


def synthesize(order: Order) -> SynthesisResult:
    """Make a dataset, or what is missing of it.

    The finished folder is the same, byte for byte except for run.json, however often the run was interrupted (on one
    machine, with one batch size and enough memory).

    Raises:
        InputError: the folder cannot be used or written; what is finished stays there, whole.
    """
    engine = open_engine(order.engine, order.options)
    with ExitStack() as stack:
        try:
            folder = _prepare(order, engine, stack)
            engine.wait()
            shards = list(missing_shards(folder, order.plan))
            engine.wait()  # nobody makes shards before everybody has looked
            return _run(order, engine, folder, shards)
        except OSError as error:
            step = "make room or choose another disk, then continue with --resume"
            reason = error.strerror or str(error)
            raise InputError("output", order.output, "a folder that can be written", f"{reason}: {step}") from error


def _prepare(order: Order, engine: Engine, stack: ExitStack) -> DatasetFolder:
    """The leader opens, locks, cleans and verifies; the others only learn where it is."""
    if not engine.leads:
        return DatasetFolder(Path(order.output).expanduser().resolve())
    identity = {
        "plan": order.plan.as_json(),
        "weights": order.made_by.weights,
        "configs": order.made_by.configs,
        "settings": dict(order.made_by.settings),
        "version": order.made_by.version,
    }
    folder = stack.enter_context(open_folder(order.output, identity, order.resume, order.overwrite))
    clean(folder)
    for _ in missing_shards(folder, order.plan, verify=True):
        pass
    return folder


def _run(order: Order, engine: Engine, folder: DatasetFolder, shards: list[Shard]) -> SynthesisResult:
    started, log = time.time(), SessionLog()
    job = Job(folder.root, order.open_sampler, order.made_by, order.batch_size, order.plan.budget)
    todo = sum(len(shard.slots) for shard in shards)
    stopped = False
    with signals_ask() as request, _bar(order, engine, todo) as bar:
        try:
            engine.run(job, shards, Callbacks(request, bar.update, log.add))
        except Stopped:
            stopped = True
    session = {"started": int(started), "seconds": round(time.time() - started, 1), **log.as_json(), **order.record}
    return _close(order, engine, folder, stopped, request, session)


def _close(
    order: Order, engine: Engine, folder: DatasetFolder, stopped: bool, request: StopRequest, session: dict[str, Any]
) -> SynthesisResult:
    if not engine.leads:
        return SynthesisResult(folder.root, not stopped, request.exit_code if stopped else 0)
    if stopped or any(True for _ in missing_shards(folder, order.plan)):
        _write_run(folder, session, finished=False)
        return SynthesisResult(folder.root, False, request.exit_code)
    report = finish(folder, order.plan, order.made_by)
    _write_run(folder, session, finished=True)
    remove_work(folder)
    return SynthesisResult(folder.root, True, 0, report)


def _bar(order: Order, engine: Engine, todo: int) -> tqdm[Any]:
    total = order.plan.total
    return tqdm(
        total=total, initial=total - todo, desc="cases", unit="case", disable=not (order.progress and engine.leads)
    )


@dataclass
class SessionLog:
    """What one session made, for run.json, which alone may differ between equal datasets."""

    shards: int = 0
    attempts: int = 0
    accepted: int = 0
    worker_seconds: dict[str, float] = field(default_factory=dict)

    def add(self, report: ShardReport) -> None:
        """Count a shard."""
        self.shards += 1
        self.attempts += report.attempts
        self.accepted += report.accepted
        for stage, seconds in report.seconds.items():
            self.worker_seconds[stage] = self.worker_seconds.get(stage, 0.0) + seconds

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        seconds = {stage: round(value, 3) for stage, value in self.worker_seconds.items()}
        return {"shards": self.shards, "attempts": self.attempts, "accepted": self.accepted, "worker_seconds": seconds}


def _write_run(folder: DatasetFolder, session: Mapping[str, Any], finished: bool) -> None:
    """Add this session to run.json; a damaged one is begun anew, for it is no part of the dataset."""
    sessions = []
    if (folder.root / RUN).exists():
        try:
            earlier = read_json(folder.root / RUN)
            if earlier["sha256"] != digest_of(earlier):
                raise ValueError("changed")
            sessions = earlier["sessions"]
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            print(f"note: {folder.root / RUN} was damaged and is begun anew", file=sys.stderr, flush=True)
    content = {"finished": finished, "sessions": [*sessions, dict(session)]}
    folder.write_json(RUN, {**content, "sha256": digest_of(content)})
