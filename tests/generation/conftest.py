# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Datasets of a stub sampler, and how to compare two of them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aurad_monai.generation.plan import Plan, Row
from aurad_monai.generation.synthesize import Order, SynthesisResult, synthesize
from tests.stress.stub import PROMPTS, open_stub
from tests.stress.trees import digest

PLAN = Plan(tuple(Row(prompt, 4, True, 1000 * i) for i, prompt in enumerate(PROMPTS)), shard_size=5)


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., SynthesisResult]:
    """Synthesize the plan with the stub; keyword arguments replace fields of the order."""

    def run(output: Path | str = tmp_path / "run", **given: Any) -> SynthesisResult:
        order = {"plan": PLAN, "open_sampler": functools.partial(open_stub, 16, 0.5), "progress": False, **given}
        return synthesize(Order(output=output, **order))

    return run


@pytest.fixture
def whole(make: Callable[..., SynthesisResult], tmp_path: Path) -> dict[str, str]:
    """Hash by file of the uninterrupted dataset."""
    return digest(make(tmp_path / "whole").folder)
