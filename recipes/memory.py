# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Memory of a process in bytes: the most it has held, what it holds now, and a function run in a process of its own.

Takes nothing, or a function and its arguments; gives bytes, or what the function returns.
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

Result = TypeVar("Result")
MIB, GIB = 2**20, 2**30


def peak_memory() -> int:
    """The most memory this process has held so far, in bytes; getrusage counts KiB on Linux and bytes on macOS."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def resident_memory() -> int:
    """The memory this process holds now, in bytes (Linux)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()


def in_process(function: Callable[..., Result], *arguments: object) -> Result:
    """Call a module's function in a fresh process, so that its peak is its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(function, arguments)
