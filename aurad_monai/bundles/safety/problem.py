# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""One finding of the bundle linter: file, config entry, value and reason."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing in a bundle that must not be opened.

    Args:
        file: path relative to the bundle folder.
        where: id of the config entry (`train#handlers#0`), or empty for the file as a whole.
        value: what stands there.
        why: what is wrong with it.
    """

    file: str
    where: str
    value: str
    why: str

    def __str__(self) -> str:
        place = f"{self.file} {self.where}".strip()
        return f"{place}: {self.why}"
