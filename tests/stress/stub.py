# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A sampler without models: tiny cases that depend on their seed alone, so that campaigns can afford thousands of them.

Run as a program it synthesizes a plan with this sampler, as a command to be killed:

    python -m tests.stress.stub --output DIR [--cases 60] [--workers 1] [--engine processes] [--resume]
"""

from __future__ import annotations

import argparse
import functools
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aurad_monai.case import Case
from aurad_monai.cli.values import pairs
from aurad_monai.prompts.parse import parse
from aurad_monai.vocabulary import ANATOMY_NAMES, FINDING_NAMES

PROMPTS = ("small left pleural effusion", "large right pneumothorax, no effusion", "normal")


@dataclass(frozen=True)
class Stub:
    """Cases of `size` pixels; about `rate` of them are accepted, and a batch takes `delay` seconds."""

    size: int = 16
    rate: float = 0.5
    delay: float = 0.0

    def __call__(self, prompts: Sequence[str], seeds: Sequence[int], ids: Sequence[str]) -> list[Case]:
        """One case for each prompt."""
        time.sleep(self.delay)
        return [self._case(*one) for one in zip(prompts, seeds, ids, strict=True)]

    def _case(self, prompt: str, seed: int, name: str) -> Case:
        rng = np.random.default_rng(seed)
        side, findings = self.size, parse(prompt)
        image = rng.random((1, side, side), dtype=np.float32)
        anatomy = np.zeros((len(ANATOMY_NAMES), side, side), np.uint8)
        anatomy[:, side // 4 : -(side // 4), 2:-2] = 1
        pathology = np.zeros((len(FINDING_NAMES), side, side), np.uint8)
        for item in findings.present:
            row, column = rng.integers(0, side // 2, 2)
            pathology[FINDING_NAMES.index(item.name), row : row + side // 3, column : column + side // 3] = 1
        score = float(rng.random())
        reasons = [] if score < self.rate else [f"the score is {score:.2f}, more than {self.rate}"]
        return Case(
            name,
            prompt,
            seed,
            requested=findings,
            resolved=findings,
            anatomy=anatomy,
            pathology=pathology,
            image=image,
            accepted=not reasons,
            reasons=tuple(reasons),
            scores={"score": round(score, 6)},
        )


def open_stub(size: int = 16, rate: float = 0.5, delay: float = 0.0) -> Stub:
    """Called in each worker."""
    return Stub(size, rate, delay)


def main() -> int:
    """Synthesize with the stub; gives the exit code."""
    from aurad_monai.generation.engines.engine import EngineOptions
    from aurad_monai.generation.plan import Plan, Row
    from aurad_monai.generation.synthesize import Order, synthesize

    parser = argparse.ArgumentParser()
    parser.add_argument("--output", required=True)
    parser.add_argument("--engine", default="processes")
    parser.add_argument("--scheduler", default="")
    parser.add_argument("--resume", action="store_true")
    for name, value in (("cases", 60), ("workers", 1), ("shard_size", 4), ("batch_size", 4), ("size", 16)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--delay", type=float, default=0.0)
    given = parser.parse_args()
    rows = tuple(Row(prompt, given.cases // len(PROMPTS), True, 1000 * i) for i, prompt in enumerate(PROMPTS))
    scheduler = pairs("scheduler", given.scheduler)
    outcome = synthesize(
        Order(
            Plan(rows, shard_size=given.shard_size),
            given.output,
            functools.partial(open_stub, given.size, 0.5, given.delay),
            engine=given.engine,
            options=EngineOptions(given.workers, scheduler),
            batch_size=given.batch_size,
            resume=given.resume,
            progress=False,
        )
    )
    return outcome.exit_code if not outcome.finished else 0


if __name__ == "__main__":
    sys.exit(main())
