# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A synthesis in a forked process: nothing is imported again, so hundreds can be killed, most of them at work."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from pathlib import Path

from aurad_monai.errors import InputError
from aurad_monai.generation.plan import Plan, Row
from aurad_monai.generation.synthesize import Order, synthesize
from tests.stress.stub import PROMPTS, open_stub

REFUSED = 2
"""Exit code of a run that ended with one clear line."""


def plan(cases: int, shard_size: int) -> Plan:
    """`cases` accepted cases of each stub prompt."""
    return Plan(tuple(Row(prompt, cases, True, 1000 * i) for i, prompt in enumerate(PROMPTS)), shard_size=shard_size)


def import_all(what: Plan, output: Path) -> None:
    """Synthesize once in this process, so that its children find every module imported."""
    synthesize(Order(what, output, functools.partial(open_stub), progress=False))


def start(what: Plan, output: Path, before: Callable[[], None] = lambda: None) -> int:
    """Fork a process that synthesizes; gives its id.

    Args:
        what: the plan.
        output: the folder, continued where it exists.
        before: called in the new process first.
    """
    sys.stdout.flush()
    if pid := os.fork():
        return pid
    code = 1
    try:
        before()
        synthesize(Order(what, output, functools.partial(open_stub), resume=True, progress=False))
        code = 0
    except InputError as error:
        code = REFUSED if "\n" not in str(error) and "output" in str(error) else 1
    except BaseException as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
    finally:
        os._exit(code)


def result(pid: int) -> int:
    """Wait for a process: its exit code, or minus the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
