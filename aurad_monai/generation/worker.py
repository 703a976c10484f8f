# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The worker that every engine runs: the slots of a shard are attempted until accepted, written and committed.

In: a job and its shards. Out: shard folders, whole or absent, and a report of each.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from aurad_monai.case import Case
from aurad_monai.export.case_files import manifest_line, write_case
from aurad_monai.export.provenance import Provenance
from aurad_monai.files import sha256, write_sums
from aurad_monai.generation.folder import MANIFEST, DatasetFolder
from aurad_monai.generation.plan import Shard, Slot
from aurad_monai.generation.replica import OpenSampler
from aurad_monai.prompts.parse import parse

FAILED = "failed: "
"""Start of the reason of an attempt that gave no case, to tell it from one that the experts rejected."""


class Stopped(Exception):
    """The run was asked to stop; the shard at hand is given up."""


@dataclass(frozen=True)
class Job:
    """What every worker must know; picklable.

    Args:
        root: the dataset folder, which all workers see under this path.
        open_sampler: called once in each worker.
        made_by: goes into every image.
        batch_size: attempts at once.
        budget: attempts allowed for each wanted case.
    """

    root: Path
    open_sampler: OpenSampler
    made_by: Provenance
    batch_size: int
    budget: int


@dataclass(frozen=True)
class ShardReport:
    """How a shard went.

    Args:
        number: of the shard.
        accepted: cases.
        wanted: cases.
        attempts: made.
        seconds: by stage: sampling, writing.
    """

    number: int
    accepted: int
    wanted: int
    attempts: int
    seconds: Mapping[str, float]


@dataclass(frozen=True)
class Attempt:
    """A slot with one of its seeds."""

    slot: Slot
    retry: int

    @property
    def id(self) -> str:
        return self.slot.attempt_id(self.retry)

    @property
    def seed(self) -> int:
        return self.slot.attempt_seed(self.retry)


def failure(attempt: Attempt, reason: str) -> Case:
    """An attempt that gave no case, as a case that was rejected."""
    prompt = attempt.slot.prompt
    requested = parse(prompt)
    case = Case(attempt.id, prompt, attempt.seed, requested=requested, resolved=requested)
    return replace(case, accepted=False, reasons=(FAILED + reason,))


class Worker:
    """Makes shards, one after the other, with one sampler.

    Args:
        job: what is to be made, and where.
        stopped: asked before every batch; True gives the shard up.
        made: told after every batch how many cases are done for good.
    """

    def __init__(
        self,
        job: Job,
        stopped: Callable[[], bool] = lambda: False,
        made: Callable[[int], None] = lambda cases: None,
    ) -> None:
        self.job, self.stopped, self.made = job, stopped, made
        self.folder = DatasetFolder(job.root)
        self.sampler = job.open_sampler()
        self.batch_size = job.batch_size
        self.seconds = {"sampling": 0.0, "writing": 0.0}

    def __call__(self, shard: Shard) -> ShardReport:
        """Make a shard, whole or not at all.

        Raises:
            Stopped: it was asked to.
            MemoryError: not one attempt of the shard fits into memory.
            OSError: the files cannot be written.
        """
        self.batch_size, self.seconds = self.job.batch_size, {"sampling": 0.0, "writing": 0.0}
        with self.folder.unfinished(shard) as place:
            lines = self._fill(place, shard)
            _refuse_only_memory_failures(shard, list(lines.values()))
            start = time.perf_counter()
            ordered = [json.dumps(lines[key], allow_nan=False) + "\n" for key in sorted(lines)]
            (place / MANIFEST).write_text("".join(ordered), encoding="utf-8")
            write_sums(place, {MANIFEST: sha256(place / MANIFEST)})
            self.seconds["writing"] += time.perf_counter() - start
        accepted = sum(line["accepted"] for line in lines.values())
        return ShardReport(shard.number, accepted, len(shard.slots), len(lines), dict(self.seconds))

    def _fill(self, place: Path, shard: Shard) -> dict[tuple[int, int], dict[str, Any]]:
        """Attempt every open slot once a round, until none is open; gives manifest lines by slot and retry."""
        lines: dict[tuple[int, int], dict[str, Any]] = {}
        left = Counter(slot.row for slot in shard.slots)
        left = Counter({row: slots * self.job.budget for row, slots in left.items()})
        attempts = [Attempt(slot, 0) for slot in shard.slots]
        while attempts:
            left.subtract(attempt.slot.row for attempt in attempts)
            rejected: list[Attempt] = []
            for first in range(0, len(attempts), self.job.batch_size):
                batch = attempts[first : first + self.job.batch_size]
                self._batch(place, shard, batch, lines)
                again = [item for item in batch if _is_open(item, lines)]
                self.made(len(batch) - len(again))
                rejected += again
            attempts = _next_attempts(rejected, left)
        return lines

    def _batch(
        self, place: Path, shard: Shard, batch: Sequence[Attempt], lines: dict[tuple[int, int], dict[str, Any]]
    ) -> None:
        """Sample and write a few attempts."""
        start = time.perf_counter()
        cases = self._sample(batch)
        sampled = time.perf_counter()
        for attempt, case in zip(batch, cases, strict=True):
            files = write_case(place, case, self.job.made_by) if case.accepted else {}
            line = manifest_line(case, files, place, f"shards/{shard.name}/")
            lines[attempt.slot.number, attempt.retry] = {"id": line.pop("id"), "case": attempt.slot.number, **line}
        self.seconds["sampling"] += sampled - start
        self.seconds["writing"] += time.perf_counter() - sampled

    def _sample(self, batch: Sequence[Attempt]) -> list[Case]:
        """Sample in batches that fit into memory; what does not fit alone fails, and the run goes on."""
        cases: list[Case] = []
        while len(cases) < len(batch):
            if self.stopped():
                raise Stopped
            some = batch[len(cases) : len(cases) + self.batch_size]
            try:
                made = self.sampler(
                    [item.slot.prompt for item in some], [item.seed for item in some], [item.id for item in some]
                )
                cases += [_checked(item, case) for item, case in zip(some, made, strict=True)]
            except MemoryError as error:
                if len(some) == 1:
                    cases.append(failure(some[0], f"out of memory even alone ({error})".replace(" ()", "")))
                self.batch_size = max(len(some) // 2, 1)
        return cases


def _checked(attempt: Attempt, case: Case) -> Case:
    """The case, or a failure where its numbers are not numbers."""
    if case.image is not None and not np.isfinite(case.image).all():
        return failure(attempt, "the image is not finite")
    if not all(np.isfinite(channels).all() for channels in (case.anatomy, case.pathology) if channels is not None):
        return failure(attempt, "a mask is not finite")
    if case.accepted and case.image is None:
        return failure(attempt, "no image was made")
    return case


def _is_open(attempt: Attempt, lines: Mapping[tuple[int, int], Mapping[str, Any]]) -> bool:
    """Whether a slot wants another attempt after this one."""
    return attempt.slot.until_accepted and not lines[attempt.slot.number, attempt.retry]["accepted"]


def _next_attempts(rejected: Sequence[Attempt], left: Counter[int]) -> list[Attempt]:
    """Another attempt for each open slot, as far as the budget of its row goes."""
    given: Counter[int] = Counter()
    attempts = []
    for attempt in rejected:
        row = attempt.slot.row
        if given[row] < left[row]:
            given[row] += 1
            attempts.append(Attempt(attempt.slot, attempt.retry + 1))
    return attempts


def _refuse_only_memory_failures(shard: Shard, lines: Sequence[Mapping[str, Any]]) -> None:
    """A worker on which nothing fits would fill a dataset with failures."""
    if all(any("out of memory" in reason for reason in line["reasons"]) for line in lines):
        raise MemoryError(f"not one attempt of shard {shard.name} fits into memory")
