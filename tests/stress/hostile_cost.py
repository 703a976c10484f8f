# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""What hostile inputs cost: time and memory of every one that the tests open, by kind.

    python -m tests.stress.hostile_cost --output docs/results/hostile.csv

Takes the tests that `tests/bundles/safety/test_count.py` counts; gives a row a kind: inputs, those that were not
refused as they should be, the longest in seconds, and the most memory that the process held meanwhile (Linux).
"""

from __future__ import annotations

import inspect
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fire
import pytest

from recipes.memory import MIB
from recipes.result_tables import save
from tests.bundles.safety.test_count import KINDS


class Watch:
    """A plugin of pytest that runs the counted inputs alone, and keeps what each took."""

    def __init__(self) -> None:
        self.kinds = {
            (Path(inspect.getfile(test)).name, test.__name__): kind
            for kind, (_, tests) in KINDS.items()
            for test in tests
        }
        self.taken: dict[str, list[tuple[float, float, bool]]] = {}
        self._failed = False

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Leave the tests that count no inputs."""
        kept = [item for item in items if self._kind(item)]
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = kept

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """One input, from the making of its file to the refusal."""
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak begins anew
        self._failed, started = False, time.perf_counter()
        yield
        row = (time.perf_counter() - started, peak_since() / MIB, self._failed)
        self.taken.setdefault(self._kind(item), []).append(row)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Whether any part of it failed."""
        self._failed = self._failed or report.failed

    def _kind(self, item: pytest.Item) -> str:
        return self.kinds.get((item.path.name, getattr(item, "originalname", item.name)), "")


def peak_since() -> int:
    """Bytes that this process held at most since its peak was set back."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def main(output: str) -> None:
    """Open every input, and write what they took."""
    watch = Watch()
    files = sorted({inspect.getfile(test) for _, tests in KINDS.values() for test in tests})
    code: Any = pytest.main(["-q", "-p", "no:cacheprovider", "-p", "no:xdist", *files], plugins=[watch])
    rows = [["kind", "inputs", "not refused", "longest, s", "most memory, MiB"]]
    every = [row for taken in watch.taken.values() for row in taken]
    for kind, taken in (*watch.taken.items(), ("all", every)):
        seconds, memory, failed = zip(*taken, strict=True)
        rows.append([kind, str(len(taken)), str(sum(failed)), f"{max(seconds):.1f}", f"{max(memory):.0f}"])
    save(rows, Path(output))
    sys.exit(int(code))


if __name__ == "__main__":
    fire.Fire(main)
