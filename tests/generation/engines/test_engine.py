# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Engines that meet other schedulers: Slurm by submitit's local executor, torchrun and Ray where they are refused."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from aurad_monai.errors import InputError
from aurad_monai.generation.engines.engine import EngineOptions, open_engine
from aurad_monai.generation.synthesize import SynthesisResult
from tests.stress import trees
from tests.stress.stub import open_stub

ROOT = Path(__file__).parents[3]


def test_an_array_of_local_jobs_makes_the_same(make: Callable[..., SynthesisResult], whole: dict[str, str]) -> None:
    pytest.importorskip("submitit")
    options = EngineOptions(2, {"cluster": "debug"})
    result = make(engine="slurm", options=options, open_sampler=functools.partial(open_stub, 16, 0.5))
    assert trees.digest(result.folder) == whole


def test_torchrun_must_have_started_us(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TORCHELASTIC_RUN_ID", raising=False)
    with pytest.raises(InputError, match="torchrun"):
        open_engine("torchrun", EngineOptions())


def test_a_missing_package_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "submitit", None)
    monkeypatch.delitem(sys.modules, "aurad_monai.generation.engines.slurm", raising=False)
    with pytest.raises(InputError, match=r"aurad-monai\[slurm\]"):
        open_engine("slurm", EngineOptions())


@pytest.mark.stress
def test_two_workers_of_torchrun_make_each_case_once(tmp_path: Path) -> None:
    launch = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    stub = ["-m", "tests.stress.stub", "--engine", "torchrun", "--cases", "6", "--shard_size", "2"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, *launch, *stub, "--output", str(tmp_path / "run")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert sorted(trees.cases(tmp_path / "run").values()) == [1] * 6
