# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Several processes make the same dataset as one, also when one of them dies."""

from __future__ import annotations

import contextlib
import functools
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from aurad_monai.case import Case
from aurad_monai.errors import InputError
from aurad_monai.generation.engines.engine import EngineOptions
from aurad_monai.generation.synthesize import SynthesisResult
from tests.stress import trees
from tests.stress.stub import Stub


class DiesOnce(Stub):
    """A stub whose process is killed in its first batch, once for all workers together."""

    def __init__(self, mark: str) -> None:
        super().__init__()
        object.__setattr__(self, "mark", mark)

    def __call__(self, prompts: Sequence[str], seeds: Sequence[int], ids: Sequence[str]) -> list[Case]:
        try:
            Path(self.mark).touch(exist_ok=False)  # type: ignore[attr-defined]
        except FileExistsError:
            return super().__call__(prompts, seeds, ids)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError


def refuse_to_write() -> Stub:
    """A sampler that cannot be opened."""
    raise OSError(30, "Read-only file system")


def test_two_workers_survive_the_death_of_one(
    make: Callable[..., SynthesisResult], whole: dict[str, str], tmp_path: Path
) -> None:
    sampler = functools.partial(DiesOnce, str(tmp_path / "died"))
    result = make(open_sampler=sampler, options=EngineOptions(workers=2))
    assert (tmp_path / "died").exists()
    assert trees.digest(result.folder) == whole


class Freezes(Stub):
    """A stub whose process stands still; the first of them presses Ctrl-C for its parent, and once more."""

    def __init__(self, parent: int, mark: str) -> None:
        super().__init__()
        object.__setattr__(self, "parent", parent)
        object.__setattr__(self, "mark", mark)

    def __call__(self, prompts: Sequence[str], seeds: Sequence[int], ids: Sequence[str]) -> list[Case]:
        helper = f"import os, time; time.sleep(1); os.kill({self.parent}, 2); time.sleep(1); os.kill({self.parent}, 2)"  # type: ignore[attr-defined]
        with contextlib.suppress(FileExistsError):
            Path(self.mark).touch(exist_ok=False)  # type: ignore[attr-defined]
            subprocess.Popen([sys.executable, "-c", helper])
        os.kill(os.getpid(), signal.SIGSTOP)
        return super().__call__(prompts, seeds, ids)


@pytest.mark.timeout(120)
def test_ctrl_c_twice_ends_a_run_whose_worker_stands_still(
    make: Callable[..., SynthesisResult], tmp_path: Path
) -> None:
    with pytest.raises(KeyboardInterrupt):
        make(
            open_sampler=functools.partial(Freezes, os.getpid(), str(tmp_path / "mark")),
            options=EngineOptions(workers=2),
        )
    assert not [child for child in multiprocessing.active_children() if child.is_alive()]


def test_workers_that_never_start_end_the_run(make: Callable[..., SynthesisResult]) -> None:
    with pytest.raises((InputError, RuntimeError)):
        make(open_sampler=refuse_to_write, options=EngineOptions(workers=2))
