# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The same cases in batches of any size by any number of workers: the same masks, images within 1e-4.

They are made by the engine and the workers of `aurad synthesize` with the shipped weights, one sampling step.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aurad_monai.generation.engines.engine import EngineOptions
from aurad_monai.generation.plan import Plan, Row
from aurad_monai.generation.synthesize import Order, synthesize

PROMPT, COUNT, SEED = "large left pleural effusion and cardiomegaly", 16, 7


class Recorder:
    """A sampler with the shipped weights that keeps mask and image of every case it attempts: FOLDER/SEED.npz."""

    def __init__(self, folder: Path) -> None:
        from aurad_monai.generation.replica import open_pipeline

        self.sampler, self.folder = open_pipeline(device="cpu", size=256, num_inference_steps=1, threads=1), folder

    def __call__(self, prompts: Sequence[str], seeds: Sequence[int], ids: Sequence[str]) -> Any:
        made = self.sampler(prompts, seeds, ids)
        for seed, case in zip(seeds, made, strict=True):
            image = np.zeros(0) if case.image is None else case.image
            np.savez(self.folder / f"{seed}.npz", image=image, mask=case.pathology)
        return made


def attempt(folder: Path, batch: int, workers: int) -> list[Any]:
    """Masks and images of all cases, made so."""
    folder.mkdir(parents=True)
    plan = Plan((Row(PROMPT, COUNT, False, SEED),), shard_size=8)
    opened, options = functools.partial(Recorder, folder), EngineOptions(workers)
    synthesize(Order(plan, folder / "run", opened, options=options, batch_size=batch, progress=False))
    return [np.load(file) for file in sorted(folder.glob("*.npz"))]


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    return attempt(tmp_path_factory.mktemp("alone") / "cases", 1, 1)


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("batch", [2, 8])
def test_batches_and_workers_only_round(batch: int, workers: int, alone: list[Any], tmp_path: Path) -> None:
    together = attempt(tmp_path / "cases", batch, workers)
    assert len(together) == len(alone) == COUNT
    assert any(case["image"].size for case in alone)
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one["mask"], other["mask"])
        np.testing.assert_allclose(one["image"], other["image"], atol=1e-4)
