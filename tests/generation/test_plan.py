# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A plan is a fixed list of slots, however it is cut into shards."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from aurad_monai.generation.plan import MAX_SEED, Plan, Row, derive_seed

ROWS = st.lists(
    st.builds(
        Row,
        st.sampled_from(["normal", "effusion"]),
        st.integers(1, 30),
        st.booleans(),
        st.integers(0, MAX_SEED),
    ),
    min_size=1,
    max_size=6,
).map(tuple)


@given(ROWS, st.integers(1, 9), st.integers(1, 9))
def test_shards_cut_the_same_slots(rows: tuple[Row, ...], one: int, other: int) -> None:
    first, second = (
        [slot for shard in Plan(rows, shard_size=size).shards() for slot in shard.slots] for size in (one, other)
    )
    assert first == second
    assert [slot.number for slot in first] == list(range(sum(row.num for row in rows)))
    assert [slot.row for slot in first] == [i for i, row in enumerate(rows) for _ in range(row.num)]


def test_no_two_attempts_of_a_row_share_a_seed() -> None:
    plan = Plan((Row("normal", 7, True, 3), Row("effusion", 2, True, 50)))
    (shard,) = plan.shards()
    seeds = [slot.attempt_seed(retry) for slot in shard.slots[:7] for retry in range(20)]
    assert len(set(seeds)) == len(seeds) and min(seeds) == 3
    assert [slot.attempt_seed(0) for slot in shard.slots] == [3, 4, 5, 6, 7, 8, 9, 50, 51]


def test_seeds_never_leave_their_range() -> None:
    (shard,) = Plan((Row("normal", 5, True, MAX_SEED),)).shards()
    assert all(0 <= slot.attempt_seed(3) <= MAX_SEED for slot in shard.slots)


@given(ROWS)
def test_json_round_trip(rows: tuple[Row, ...]) -> None:
    plan = Plan(rows, 7, 3)
    assert Plan.from_json(json.loads(json.dumps(plan.as_json()))) == plan


def test_the_seed_of_a_plan_is_that_of_its_prompts_and_repeated_ones_get_others() -> None:
    assert derive_seed(7, 0) == 7
    derived = [derive_seed(seed, occurrence) for seed in (7, 8) for occurrence in range(20)]
    assert len(set(derived)) == 40 and derived[1:20] == [derive_seed(7, occurrence) for occurrence in range(1, 20)]
