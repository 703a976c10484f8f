# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A synthesis killed with SIGKILL at random moments, again and again, gives the same bytes as an uninterrupted one.

Moments are spread evenly over the CPU seconds of an uninterrupted run, so that a busy machine crowds them nowhere.
"""

from __future__ import annotations

import os
import shutil
import signal
import time
from pathlib import Path

import numpy as np

from tests.stress import trees
from tests.stress.child import import_all, plan, result, start

KILLS, CASES, SHARD = 200, 8, 4


def cpu_seconds(pid: int) -> float:
    """What a child has used so far, ended or not."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def kill_after(seconds: float, pid: int) -> None:
    """Kill a child once it has used so many CPU seconds; one that ends before stays as it ended."""
    ended = os.WEXITED | os.WNOHANG | os.WNOWAIT
    while cpu_seconds(pid) < seconds and os.waitid(os.P_PID, pid, ended) is None:
        time.sleep(0.0005)
    os.kill(pid, signal.SIGKILL)


def test_kills_lose_and_change_nothing(tmp_path: Path) -> None:
    what, rng = plan(CASES, SHARD), np.random.default_rng(0)
    import_all(what, tmp_path / "first")
    pid = start(what, tmp_path / "quiet")
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    quiet_seconds = cpu_seconds(pid)
    assert result(pid) == 0
    quiet = trees.digest(tmp_path / "quiet")
    kills = finished = 0
    output = tmp_path / "killed"
    while kills < KILLS or output.exists():
        pid = start(what, output)
        if kills < KILLS:
            kill_after(rng.uniform(0, quiet_seconds), pid)
        code = result(pid)
        assert code in (0, -signal.SIGKILL)
        assert not output.exists() or trees.partial_files(output) == []
        if code:
            kills += 1
            continue
        finished += 1
        counted = trees.cases(output)
        assert len(counted) == what.total and set(counted.values()) == {1}
        assert trees.digest(output) == quiet
        shutil.rmtree(output)
    print(f"{kills} kills over {finished} datasets of {what.total} cases")
    assert finished > KILLS // 10
