# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""One shard: attempted until accepted, whole or absent, unharmed by short memory and numbers that are none."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aurad_monai.case import Case
from aurad_monai.export.provenance import Provenance
from aurad_monai.generation.folder import DatasetFolder
from aurad_monai.generation.plan import Plan, Row, Shard
from aurad_monai.generation.worker import Job, ShardReport, Stopped, Worker
from tests.stress.stub import Stub

SHARD = next(Plan((Row("small left pleural effusion", 8, True, 0),), shard_size=8).shards())


class Recorded:
    """A stub that notes its batches and lets a test change its cases."""

    def __init__(self, change: Callable[[Case], Case] = lambda case: case, room: int = 99) -> None:
        self.change, self.room, self.batches = change, room, list[int]()

    def __call__(self, prompts: Sequence[str], seeds: Sequence[int], ids: Sequence[str]) -> list[Case]:
        self.batches.append(len(prompts))
        if len(prompts) > self.room:
            raise MemoryError("too much")
        return [self.change(case) for case in Stub(16, 0.5)(prompts, seeds, ids)]


@pytest.fixture
def folder(tmp_path: Path) -> DatasetFolder:
    for name in ("shards", ".work"):
        (tmp_path / name).mkdir()
    return DatasetFolder(tmp_path)


def work(
    folder: DatasetFolder, sampler: Recorded, shard: Shard = SHARD, batch_size: int = 4, budget: int = 25, **given: Any
) -> tuple[ShardReport, list[dict[str, Any]]]:
    job = Job(folder.root, lambda: sampler, Provenance(), batch_size, budget)
    report = Worker(job, **given)(shard)
    text = (folder.shard(shard) / "manifest.jsonl").read_text()
    return report, [json.loads(line) for line in text.splitlines()]


def test_each_slot_is_attempted_until_accepted(folder: DatasetFolder) -> None:
    done: list[int] = []
    report, lines = work(folder, Recorded(), made=done.append)
    assert (report.accepted, report.wanted, sum(done)) == (8, 8, 8)
    assert report.attempts == len(lines) > 8
    for number in range(8):
        own = [line for line in lines if line["case"] == number]
        assert [line["accepted"] for line in own] == [False] * (len(own) - 1) + [True]
        assert [line["seed"] for line in own] == [number + 8 * retry for retry in range(len(own))]
    assert lines == sorted(lines, key=lambda line: line["id"])
    images = {path.stem for path in (folder.shard(SHARD) / "images").iterdir()}
    assert images == {line["id"] for line in lines if line["accepted"]}


@pytest.mark.parametrize("batch_size", [1, 3, 16])
def test_batches_change_nothing(folder: DatasetFolder, tmp_path: Path, batch_size: int) -> None:
    other = DatasetFolder(tmp_path / "other")
    other.shards.mkdir(parents=True)
    other.work.mkdir()
    assert work(folder, Recorded())[1] == work(other, Recorded(), batch_size=batch_size)[1]


def test_counted_attempts_are_made_once(folder: DatasetFolder) -> None:
    shard = replace(SHARD, slots=tuple(replace(slot, until_accepted=False) for slot in SHARD.slots))
    report, lines = work(folder, Recorded(), shard)
    assert report.attempts == len(lines) == 8 and 0 < report.accepted < 8


def test_a_prompt_that_cannot_be_satisfied_is_given_up(folder: DatasetFolder) -> None:
    never = Recorded(lambda case: replace(case, accepted=False, reasons=("never",)))
    report, lines = work(folder, never, budget=3)
    assert (report.accepted, report.attempts) == (0, 24)
    assert sum(never.batches) == 24 and all(line["files"] == {} for line in lines)


def test_short_memory_halves_the_batch(folder: DatasetFolder) -> None:
    tight = Recorded(room=2)
    report, _ = work(folder, tight, batch_size=8)
    assert report.accepted == 8
    assert tight.batches[:3] == [8, 4, 2] and max(tight.batches[3:]) == 2


def test_a_case_that_does_not_fit_alone_fails_and_the_run_goes_on(folder: DatasetFolder) -> None:
    def heavy(case: Case) -> Case:
        if case.seed in (1, 2):
            raise MemoryError("too much")
        return case

    report, lines = work(folder, Recorded(heavy))
    failed = [line for line in lines if line["seed"] in (1, 2)]
    assert [line["reasons"] for line in failed] == [["failed: out of memory even alone (too much)"]] * 2
    assert report.accepted == 8


def test_where_nothing_fits_nothing_is_written(folder: DatasetFolder) -> None:
    with pytest.raises(MemoryError):
        work(folder, Recorded(room=0), budget=2)
    assert not folder.has(SHARD) and not any(folder.work.iterdir())


def test_numbers_that_are_none_fail(folder: DatasetFolder) -> None:
    def broken(case: Case) -> Case:
        if case.seed < 8 and case.image is not None:
            case.image[0, 3, 3] = np.nan
        return case

    report, lines = work(folder, Recorded(broken))
    assert all("failed: the image is not finite" in line["reasons"] for line in lines if line["seed"] < 8)
    assert report.accepted == 8


@pytest.mark.parametrize(
    "failure", [OSError(28, "No space left on device"), RuntimeError("a fault"), KeyboardInterrupt()]
)
def test_whatever_goes_wrong_nothing_half_is_left(folder: DatasetFolder, failure: BaseException) -> None:
    def fail(case: Case) -> Case:
        if case.seed == 6:
            raise failure
        return case

    with pytest.raises(type(failure)):
        work(folder, Recorded(fail))
    assert not folder.has(SHARD) and not any(folder.work.iterdir())


def test_it_leaves_when_asked(folder: DatasetFolder) -> None:
    asked = iter([False, False, True])
    with pytest.raises(Stopped):
        work(folder, Recorded(), stopped=lambda: next(asked))
    assert not folder.has(SHARD) and not any(folder.work.iterdir())


def test_a_shard_made_twice_is_there_once(folder: DatasetFolder) -> None:
    first = work(folder, Recorded())[1]
    assert work(folder, Recorded())[1] == first
    assert not any(folder.work.iterdir())
