# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Stop a long run: Ctrl-C or SIGTERM requests it, the current batch ends, and what is finished stays.

In: signals. Out: a `StopRequest` that workers look at, and the exit code.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from aurad_monai.generation.folder import DatasetFolder


@dataclass
class StopRequest:
    """Whether this process was asked to stop, and by which signal."""

    signal: int = 0

    def ask(self, number: int, frame: FrameType | None = None) -> None:
        """The first signal asks; the second does what it always does."""
        self.signal = number
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
        print("stopping after the batch at hand; once more stops at once", file=sys.stderr, flush=True)

    @property
    def exit_code(self) -> int:
        """What a shell expects of a process ended by that signal."""
        return 128 + (self.signal or signal.SIGTERM)


@contextmanager
def signals_ask() -> Iterator[StopRequest]:
    """Let SIGINT and SIGTERM ask instead of end, as long as the block runs; only the main thread can."""
    request = StopRequest()
    if threading.current_thread() is not threading.main_thread():
        yield request
        return
    before = {number: signal.signal(number, request.ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield request
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class StopCheck:
    """Asked before every batch: is it time to leave?

    Args:
        folder: any worker that sees it can be stopped through it.
        request: signals of this process, where it handles them.
        parent: leave when this process is no longer the parent.
    """

    def __init__(self, folder: DatasetFolder, request: StopRequest | None = None, parent: int | None = None) -> None:
        self.folder, self.request, self.parent = folder, request, parent

    def __call__(self) -> bool:
        if self.request is not None and self.request.signal:
            return True
        return (self.parent is not None and os.getppid() != self.parent) or self.folder.stop_requested()
