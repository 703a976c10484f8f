# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Kill workers of torchrun or Ray while they make shards, and count the cases that come out.

python -m tests.stress.worker_loss --engine torchrun --kills 50 --folder /tmp/loss
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.stress import trees

PATIENCE = 600.0
"""Seconds without a new shard after which the campaign gives up."""


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


def main() -> int:
    """Kill a random worker each time at least one shard more is there; prints one line of figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--engine", choices=("torchrun", "ray"), required=True)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--minutes", type=float, default=1e9, help="no further kills after so many minutes")
    parser.add_argument("--cases", type=int, default=180)
    parser.add_argument("--folder", type=Path, required=True)
    given = parser.parse_args()
    shutil.rmtree(given.folder, ignore_errors=True)
    given.folder.mkdir(parents=True)
    cases, output = given.cases, given.folder / "run"
    rng, kills, seen, progress = random.Random(0), 0, 0, time.monotonic()
    end = progress + 60 * given.minutes
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    with (given.folder / "log").open("w") as log:
        run = subprocess.Popen(command(given.engine, output, cases), stdout=log, stderr=log, env=environment)
        while run.poll() is None and time.monotonic() - progress < PATIENCE:
            time.sleep(0.2)
            if shards(output) > seen:
                seen, progress = shards(output), time.monotonic()
                alive = workers(run.pid, given.engine)
                if alive and kills < given.kills and progress < end:
                    os.kill(rng.choice(alive), signal.SIGKILL)
                    kills += 1
        code = run.poll()
        if code is None:
            run.terminate()
    total = cases // 3 * 3
    counted = trees.cases(output) if code == 0 else {}
    print(
        f"{given.engine}: {kills} workers killed, exit code {code}, {len(counted)} of {total} cases present, "
        f"{sum(number > 1 for number in counted.values())} twice, {len(trees.partial_files(output))} partial files"
    )
    return int(code != 0 or len(counted) != total)


if __name__ == "__main__":
    sys.exit(main())
