# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Marks every test of this folder as `stress` and gives it an hour: `make stress` runs them, `make test` does not."""

from __future__ import annotations

from pathlib import Path

import pytest

HOUR = 3600


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Takes all collected tests; marks those that lie beside this file."""
    for item in items:
        if Path(__file__).parent in Path(item.path).parents:
            item.add_marker("stress")
            item.add_marker(pytest.mark.timeout(HOUR, method="thread"))
