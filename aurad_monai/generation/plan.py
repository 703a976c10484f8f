# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""What a dataset shall hold, as a fixed list of slots: before anything is sampled, every case has its number and seeds.

In: rows of prompts. Out: shards of slots.

A slot is a case to be. It is attempted with one seed after another until an attempt is accepted, so case i starts from
the same noise whatever the batch size, the number of workers, the shards and the interruptions are.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import accumulate
from typing import Any

MAX_SEED = 2**63 - 1
DERIVED_SEEDS = 2**52
"""Seeds that are not given are drawn below this, so that any JSON reader keeps them exact."""


@dataclass(frozen=True)
class Row:
    """A prompt and how many cases of it are wanted.

    Args:
        prompt: the user's text.
        num: cases.
        until_accepted: attempt each case again until it is accepted; otherwise `num` counts attempts.
        seed: of the first attempt of the first case; the r-th attempt of case i has seed + i + r * num.
    """

    prompt: str
    num: int
    until_accepted: bool
    seed: int


@dataclass(frozen=True)
class Slot:
    """A case to be.

    Args:
        number: of the case in the dataset, from 0.
        row: of the plan.
        prompt: the user's text.
        seed: of its first attempt.
        stride: from the seed of one attempt to that of the next.
        until_accepted: whether a rejected attempt is followed by another.
    """

    number: int
    row: int
    prompt: str
    seed: int
    stride: int
    until_accepted: bool

    def attempt_id(self, retry: int) -> str:
        """Id of an attempt, unique in the dataset: case_000012_03 is the fourth attempt of case 12."""
        return f"case_{self.number:06d}_{retry:02d}"

    def attempt_seed(self, retry: int) -> int:
        """Seed of an attempt."""
        return (self.seed + retry * self.stride) & MAX_SEED


@dataclass(frozen=True)
class Shard:
    """Consecutive slots that are made, written and committed together."""

    number: int
    slots: tuple[Slot, ...]

    @property
    def name(self) -> str:
        """Folder name."""
        return f"{self.number:06d}"


@dataclass(frozen=True)
class Plan:
    """What a dataset shall hold.

    Args:
        rows: prompts with counts.
        budget: attempts allowed for each wanted case, pooled over a row's cases of one shard.
        shard_size: cases of a shard.
    """

    rows: tuple[Row, ...]
    budget: int = 25
    shard_size: int = 16

    @property
    def total(self) -> int:
        """Cases wanted."""
        return sum(row.num for row in self.rows)

    @property
    def shard_count(self) -> int:
        """Shards needed."""
        return -(-self.total // self.shard_size)

    def shards(self) -> Iterator[Shard]:
        """Every shard in order; none is kept in memory."""
        ends = list(accumulate(row.num for row in self.rows))
        for number in range(self.shard_count):
            first = number * self.shard_size
            last = min(first + self.shard_size, self.total)
            yield Shard(number, tuple(self._slot(index, ends) for index in range(first, last)))

    def _slot(self, number: int, ends: Sequence[int]) -> Slot:
        index = bisect_right(ends, number)
        row = self.rows[index]
        place = number - (ends[index] - row.num)
        seed = (row.seed + place) & MAX_SEED
        return Slot(number, index, row.prompt, seed, row.num, row.until_accepted)

    def as_json(self) -> dict[str, Any]:
        """Plain data from which `from_json` makes the same plan."""
        return {"budget": self.budget, "shard_size": self.shard_size, "rows": [asdict(row) for row in self.rows]}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Plan:
        """The plan that `as_json` described."""
        return cls(tuple(Row(**row) for row in content["rows"]), content["budget"], content["shard_size"])


def derive_seed(plan_seed: int, occurrence: int) -> int:
    """Seed of a row that gives none: that of the plan, or derived from it where the same prompt came before.

    A case is seeded by its prompt too, so that a row keeps its cases when other rows are added, removed or moved, and
    has those that `aurad generate` makes of its prompt at the plan's seed.
    """
    if occurrence == 0:
        return plan_seed
    digest = hashlib.sha256(f"{plan_seed}\n{occurrence}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % DERIVED_SEEDS
