# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Prompts drawn from a distribution: the shares that were asked for, and only what can be asked."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aurad_monai.errors import InputError
from aurad_monai.generation.distribution import KEYS, VALUES, draw_prompts
from aurad_monai.prompts.finding import NORMAL
from aurad_monai.prompts.parse import parse

EVERYTHING = {
    "findings": {"effusion": 3, "cardiomegaly": 1, "nodule": 1, "normal": 1},
    "laterality": ["left", "right", "bilateral"],
    "zone": {"lower": 1, "diffuse": 1, "open": 2},
    "severity": ["small", "large"],
    "view": {"PA": 3, "AP": 1},
    "sex": ["female", "male"],
    "age": {"20-40": 1, "70": 1},
    "findings_per_case": {1: 1, 2: 1},
}


def test_balanced_shares_are_exact() -> None:
    asked = [parse(prompt) for prompt in draw_prompts(EVERYTHING | {"findings_per_case": 1}, 600, True, 0)]
    first = Counter(item.present[0].name if item.present else "normal" for item in asked)
    assert first == {"effusion": 300, "cardiomegaly": 100, "nodule": 100, "normal": 100}
    sides = Counter(item.present[0].laterality for item in asked if item.present and item.present[0].name == "nodule")
    assert sorted(sides.values()) == [33, 33, 34]
    assert Counter(item.view for item in asked) == {"PA": 450, "AP": 150}
    assert Counter(item.age == 70 for item in asked) == {True: 300, False: 300}


def test_drawn_shares_are_near() -> None:
    asked = [parse(prompt) for prompt in draw_prompts(EVERYTHING, 2000, False, 0)]
    assert 0.7 < sum(item.view == "PA" for item in asked) / 2000 < 0.8
    assert any(len({finding.name for finding in item.present}) == 2 for item in asked)
    assert all(item.age == 70 or 20 <= item.age <= 40 for item in asked if item.age is not None)


def test_the_seed_decides() -> None:
    assert draw_prompts(EVERYTHING, 50, (), 1) == draw_prompts(EVERYTHING, 50, (), 1)
    assert draw_prompts(EVERYTHING, 50, (), 1) != draw_prompts(EVERYTHING, 50, (), 2)


def test_normal_stands_alone() -> None:
    prompts = draw_prompts({"findings": "normal", "laterality": "left", "findings_per_case": 3}, 3, (), 0)
    assert all(parse(prompt).findings == NORMAL for prompt in prompts)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"findings": {"zebra": 1}}, "zebra"),
        ({"findings": {}}, "more than 0"),
        ({"findings": {"mass": -1}}, "weight"),
        ({"findings": {"mass": float("nan")}}, "weight"),
        ({"findings": {"mass": True}}, "weight"),
        ({"side": ["left"]}, "side"),
        ({"laterality": ["middle"]}, "middle"),
        ({"age": ["40-20"]}, "age"),
        ({"age": ["200"]}, "age"),
        ({"findings_per_case": [0]}, "findings_per_case"),
    ],
)
def test_faults_are_named(change: dict[str, Any], named: str) -> None:
    with pytest.raises(InputError, match=named):
        draw_prompts({"findings": ["mass"], **change}, 3, (), 0)


@pytest.mark.parametrize("balance", [3, "colour", ["view", "colour"]])
def test_balance_names_what_exists(balance: object) -> None:
    with pytest.raises(InputError, match="balance"):
        draw_prompts({"findings": ["mass"]}, 3, balance, 0)


@settings(max_examples=60)
@given(
    st.fixed_dictionaries(
        {"findings": st.lists(st.sampled_from(VALUES["findings"]), min_size=1, unique=True)},
        optional={key: st.lists(st.sampled_from(VALUES[key]), min_size=1) for key in VALUES if key != "findings"}
        | {"findings_per_case": st.sampled_from([[1], [2, 3], {1: 1, 9: 2}])},
    ),
    st.booleans(),
    st.integers(0, 99),
)
def test_every_prompt_is_understood(distribution: dict[str, Any], balance: bool, seed: int) -> None:
    assert set(distribution) <= set(KEYS)
    for prompt in draw_prompts(distribution, 8, balance, seed):
        parse(prompt)
