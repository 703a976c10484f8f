# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Kill a synthesis with SIGKILL at random moments, again and again, and compare what comes out with a quiet run.

python -m benchmarks.chaos.kills --kills 500 --folder /tmp/kills
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import time
from pathlib import Path

import numpy as np

from benchmarks.chaos import trees
from benchmarks.chaos.child import plan, result, start


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
    began = time.perf_counter()
    assert result(start(what, given.folder / "quiet")) == 0
    quiet_seconds, quiet = time.perf_counter() - began, trees.digest(given.folder / "quiet")
    kills = finished = different = partial = lost = twice = 0
    output = given.folder / "killed"
    while kills < given.kills or output.exists():
        pid = start(what, output)
        if kills < given.kills:
            time.sleep(rng.uniform(0, quiet_seconds))
            os.kill(pid, signal.SIGKILL)
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
        f"run, {partial} partial or corrupt files, {twice} cases twice, {lost} lost; quiet run {quiet_seconds:.2f} s"
    )


if __name__ == "__main__":
    main()
