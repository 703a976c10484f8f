# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Kill a synthesis with SIGKILL at random moments, again and again, and compare what comes out with a quiet run.

    python -m tests.stress.kills --kills 500 --cases 8 --folder /tmp/kills

Moments are spread evenly over the CPU seconds of a quiet run, so that what else the machine does crowds them nowhere.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import time
from pathlib import Path

import numpy as np

from tests.stress import trees
from tests.stress.child import import_all, plan, result, start


def cpu_seconds(pid: int) -> float:
    """What a child has used so far, ended or not."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def kill_after(seconds: float, pid: int) -> None:
    """Kill a child once it has used so many CPU seconds; one that ends before stays as it ended."""
    ended = os.WEXITED | os.WNOHANG | os.WNOWAIT
    while cpu_seconds(pid) < seconds and os.waitid(os.P_PID, pid, ended) is None:
        time.sleep(0.0005)
    os.kill(pid, signal.SIGKILL)


def main() -> None:
    """Kill, resume, compare; prints one line of figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cases", type=int, default=20)
    given = parser.parse_args()
    what, rng = plan(given.cases, 4), np.random.default_rng(given.seed)
    shutil.rmtree(given.folder, ignore_errors=True)
    given.folder.mkdir(parents=True)
    import_all(what, given.folder / "first")
    pid = start(what, given.folder / "quiet")
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    quiet_seconds = cpu_seconds(pid)
    assert result(pid) == 0
    quiet = trees.digest(given.folder / "quiet")
    kills = finished = different = partial = lost = twice = 0
    output = given.folder / "killed"
    while kills < given.kills or output.exists():
        pid = start(what, output)
        if kills < given.kills:
            kill_after(rng.uniform(0, quiet_seconds), pid)
        code = result(pid)
        assert code in (0, -signal.SIGKILL), code
        if code != 0:
            kills += 1
            partial += len(trees.partial_files(output)) if output.exists() else 0
            continue
        finished += 1
        counted = trees.cases(output)
        lost += what.total - len(counted)
        twice += sum(number > 1 for number in counted.values())
        different += trees.digest(output) != quiet
        shutil.rmtree(output)
    print(
        f"{kills} kills over {finished} datasets of {what.total} cases: {different} datasets differ from the quiet "
        f"run, {partial} partial or corrupt files, {twice} cases twice, {lost} lost; "
        f"quiet run {quiet_seconds:.2f} s of CPU"
    )


if __name__ == "__main__":
    main()
