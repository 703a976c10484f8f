# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Workers of torchrun or Ray are killed while they make shards; every case comes out once and whole.

Takes an engine; kills a random worker of two each time at least one more shard is there.
"""

from __future__ import annotations

import importlib.util
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.stress import trees

KILLS, CASES = 25, 90
PATIENCE = 600.0
"""Seconds without a new shard after which the test gives up."""


def command(engine: str, output: Path, cases: int) -> list[str]:
    """What starts two workers."""
    stub = ["-m", "tests.stress.stub", "--output", str(output), "--engine", engine, "--resume"]
    stub += ["--cases", str(cases), "--delay", "0.25", "--shard_size", "2", "--workers", "2"]
    if engine == "torchrun":
        launcher = ["-m", "torch.distributed.run", "--nproc-per-node", "2", "--max-restarts", "10000"]
        return [sys.executable, *launcher, *stub]
    return [sys.executable, *stub, "--scheduler", "num_cpus=0"]


def workers(root: int, engine: str) -> list[int]:
    """Process ids below `root` that make shards."""
    found, waiting = [], [root]
    while waiting:
        parent = waiting.pop()
        try:
            children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        except OSError:
            continue
        for child in map(int, children):
            waiting.append(child)
            try:
                line = Path(f"/proc/{child}/cmdline").read_bytes().decode(errors="replace")
            except OSError:
                continue
            if ("tests.stress.stub" in line) if engine == "torchrun" else line.startswith("ray::_Actor"):
                found.append(child)
    return found


def shards(output: Path) -> int:
    """Shards that are there."""
    return len(list((output / "shards").glob("*"))) if output.exists() else 0


def run_and_kill(engine: str, output: Path, log: Path) -> tuple[int | None, int]:
    """Exit code of the run, and how many workers were killed."""
    rng, kills, seen, progress = random.Random(0), 0, 0, time.monotonic()
    with log.open("w") as stream:
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        run = subprocess.Popen(command(engine, output, CASES), stdout=stream, stderr=stream, env=environment)
        while run.poll() is None and time.monotonic() - progress < PATIENCE:
            time.sleep(0.2)
            if shards(output) > seen:
                seen, progress = shards(output), time.monotonic()
                alive = workers(run.pid, engine)
                if alive and kills < KILLS:
                    os.kill(rng.choice(alive), signal.SIGKILL)
                    kills += 1
        code = run.poll()
        if code is None:
            run.terminate()
    return code, kills


@pytest.mark.parametrize("engine", ["torchrun", "ray"])
def test_every_case_is_there_once(engine: str, tmp_path: Path) -> None:
    if engine == "ray" and importlib.util.find_spec("ray") is None:
        pytest.skip("ray is not installed")
    output = tmp_path / "run"
    code, kills = run_and_kill(engine, output, tmp_path / "log")
    assert code == 0, (tmp_path / "log").read_text()[-2000:]
    counted = trees.cases(output)
    assert len(counted) == CASES // 3 * 3 and set(counted.values()) == {1}
    assert trees.partial_files(output) == [] and kills > 10
