# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A synthesis meets a disk that fails at its n-th operation, or that is full: it says so in one line and resumes.

Faults are raised by an audit hook where Python opens a file for writing, makes a folder, renames or removes; a full
disk is a real one, a small tmpfs (as root, where mounting is allowed).
"""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.stress import trees
from tests.stress.child import REFUSED, plan, result, start

KINDS = {"EIO": False, "EACCES": False, "ENOSPC": False, "EROFS": True}
"""Fault to whether it lasts; the others happen once."""
STEP = 3
"""Every so-manieth operation fails in turn."""
WATCHED = ("open", "os.mkdir", "os.rename", "os.remove")
PLAN = plan(4, 3)


def fail_at(point: int, kind: str, folder: Path, met: Path) -> Callable[[], None]:
    """What makes the `point`-th operation of this process in `folder` fail; `met` appears when it does."""

    def install() -> None:
        seen = 0

        def hook(event: str, arguments: tuple[Any, ...]) -> None:
            nonlocal seen
            if event not in WATCHED or not str(arguments[0]).startswith(str(folder)):
                return
            if event == "open" and not (arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
                return
            seen += 1
            if seen == point or (KINDS[kind] and seen > point):
                met.touch()
                number = getattr(errno, kind)
                raise OSError(number, os.strerror(number), str(arguments[0]))

        sys.addaudithook(hook)

    return install


def injected(folder: Path, quiet: dict[str, str], kind: str, step: int, tally: Counter[str]) -> None:
    """A fault at every `step`-th operation, until a run gets through without meeting one."""
    for point in range(1, 10_000, step):
        output, met = folder / "faulty", folder / "met"
        met.unlink(missing_ok=True)
        code = result(start(PLAN, output, fail_at(point, kind, output, met)))
        if met.exists():
            judge(output, code, quiet, tally)
        shutil.rmtree(output)
        if not met.exists():
            return


def full_disks(folder: Path, quiet: dict[str, str], tally: Counter[str]) -> None:
    """Disks of growing size, each too small."""
    disk = folder / "disk"
    disk.mkdir()
    for kib in range(40, 560, 16):
        try:
            subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kib}k", "tmpfs", str(disk)], check=True)
        except (OSError, subprocess.CalledProcessError):
            pytest.skip("no tmpfs can be mounted here")
        try:
            output = disk / "run"
            code = result(start(PLAN, output))
            if code == 0:
                return
            partial = trees.partial_files(output) if output.exists() else []
            subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)
            judge(output, code, quiet, tally, partial)
        finally:
            subprocess.run(["umount", str(disk)], check=True)


def judge(
    output: Path, code: int, quiet: dict[str, str], tally: Counter[str], partial: list[str] | None = None
) -> None:
    """After a fault: was it said in one line, is nothing partial, does resuming complete?"""
    found = (trees.partial_files(output) if output.exists() else []) if partial is None else partial
    tally["points"] += 1
    tally["unclear"] += code not in (0, REFUSED)
    tally["got through"] += code == 0
    tally["partial files"] += len(found)
    resumed = result(start(PLAN, output))
    tally["not completed"] += resumed != 0 or trees.digest(output) != quiet


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Files of a run that met no fault."""
    folder = tmp_path_factory.mktemp("quiet") / "run"
    assert result(start(PLAN, folder)) == 0
    return trees.digest(folder)


def assert_clean(tally: Counter[str]) -> None:
    """Every fault was said in one line or got through a cleanup, nothing was partial, and every run was completed."""
    assert tally["points"] > 10
    assert {name: tally[name] for name in ("unclear", "partial files", "not completed")} == {
        "unclear": 0,
        "partial files": 0,
        "not completed": 0,
    }


@pytest.mark.parametrize("kind", KINDS)
def test_a_failing_operation_stops_and_resumes(kind: str, tmp_path: Path, quiet: dict[str, str]) -> None:
    tally: Counter[str] = Counter()
    injected(tmp_path, quiet, kind, STEP, tally)
    assert_clean(tally)
    assert tally["got through"] < tally["points"] / 2


def test_a_full_disk_stops_and_resumes(tmp_path: Path, quiet: dict[str, str]) -> None:
    tally: Counter[str] = Counter()
    full_disks(tmp_path, quiet, tally)
    assert_clean(tally)
