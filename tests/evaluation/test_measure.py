# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Sets are measured chunk by chunk, in little memory, and an interrupted look goes on where it was."""

from __future__ import annotations

import tracemalloc
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from aurad_monai.case import Case
from aurad_monai.errors import InputError
from aurad_monai.evaluation.measure import Batch, measure


class Stub:
    """So many images that were never anywhere at once."""

    def __init__(self, count: int, size: int = 256, broken: tuple[int, ...] = ()) -> None:
        self.count, self.size, self.broken = count, size, broken

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> Case:
        if index in self.broken:
            return Case(f"{index}", fault="torn file")
        image = np.full((1, self.size, self.size), index / self.count, np.float32)
        return Case(f"{index}", image=image)


class Mean:
    """Counts how often it is asked, and stops after `most` times."""

    def __init__(self, identity: str = "mean", most: int = 1000) -> None:
        self.identity, self.most, self.asked = identity, most, 0

    def __call__(self, batch: Batch) -> Mapping[str, np.ndarray]:
        if self.asked == self.most:
            raise KeyboardInterrupt
        self.asked += 1
        return {"mean": batch.images.mean(axis=(1, 2, 3))}


def test_memory_does_not_grow_with_the_set() -> None:
    """600 images are 157 MB; a chunk of 32 with its copies is below 40."""
    tracemalloc.start()
    found = measure(Stub(600), [Mean()], "stub")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(found) == 600 and peak < 40e6
    np.testing.assert_allclose(found.values["mean"], np.arange(600) / 600, atol=1e-6)


def test_it_goes_on_where_it_was(tmp_path: Path) -> None:
    cases = Stub(20, 8)
    with pytest.raises(KeyboardInterrupt):
        measure(cases, [Mean(most=3)], "stub", tmp_path, chunk=4)
    again = Mean()
    found = measure(cases, [again], "stub", tmp_path, chunk=4)
    assert again.asked == 2 and len(found) == 20
    other = Mean("another network")
    assert measure(cases, [other], "stub", tmp_path, chunk=4).digest == found.digest and other.asked == 5


def test_evaluations_share_what_both_measure(tmp_path: Path) -> None:
    class Largest(Mean):
        def __call__(self, batch: Batch) -> Mapping[str, np.ndarray]:
            return {"largest": super().__call__(batch)["mean"]}

    measure(Stub(20, 8), [Mean()], "stub", tmp_path, chunk=4)
    mean, largest = Mean(), Largest("largest")
    found = measure(Stub(20, 8), [largest, mean], "stub", tmp_path, chunk=4)
    assert mean.asked == 0 and largest.asked == 5 and set(found.values) == {"mean", "largest"}


def test_a_torn_cache_is_measured_anew(tmp_path: Path) -> None:
    measure(Stub(4, 8), [Mean()], "stub", tmp_path)
    for file in tmp_path.iterdir():
        file.write_bytes(b"torn")
    again = Mean()
    assert len(measure(Stub(4, 8), [again], "stub", tmp_path)) == 4 and again.asked == 1


def test_what_cannot_be_read_is_named_and_left_out() -> None:
    found = measure(Stub(5, 8, broken=(1, 3)), [Mean()], "stub", chunk=2)
    assert found.ids == ("0", "2", "4") and found.indices == (0, 2, 4) and found.faults["1"] == "torn file"
    with pytest.raises(InputError, match="torn file"):
        measure(Stub(2, 8, broken=(0, 1)), [Mean()], "stub")


def test_an_expert_looks_once_at_a_batch() -> None:
    looks = []
    batch = Batch([Stub(2, 8)[0], Stub(2, 8)[1]])

    def expert(images: np.ndarray) -> int:
        looks.append(len(images))
        return len(looks)

    assert batch.predictions(expert) == batch.predictions(expert) == 1 and looks == [2]
