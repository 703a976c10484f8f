# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Cases of a folder that is not there: their list can be constructed, as MONAI's checks of a config do, not read.

Takes what is wrong with the folder; gives a sequence for MONAI's `Dataset`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aurad_monai.errors import InputError


class MissingCases(Sequence[dict[str, Any]]):
    """One case, whose reading raises: of no case at all an engine would say that it skips the run.

    Args:
        error: what is wrong with the folder.
    """

    def __init__(self, error: InputError) -> None:
        self.error = error

    def __len__(self) -> int:
        return 1

    def __getitem__(self, index: Any) -> Any:
        raise self.error
