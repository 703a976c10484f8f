# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Reader of the tables of this folder.

Takes a file name such as findings.json and gives what the file holds.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from aurad_monai.errors import InputError


def table_path(name: str) -> Path:
    """Where a table of this folder is."""
    return Path(__file__).with_name(name)


def read_table(name: str) -> Any:
    """What a JSON table of this folder holds.

    Raises:
        InputError: no such table, or it is not JSON.
    """
    try:
        return json.loads(table_path(name).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError("table", table_path(name), f"a JSON file ({error})", "reinstall aurad-monai") from error
