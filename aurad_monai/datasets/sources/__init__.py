# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Dataset sources, one a module: `records(root)` gives a `Record` for each radiograph of an unpacked dataset."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from aurad_monai.errors import InputError
from aurad_monai.plugins import modules_with

if TYPE_CHECKING:
    from aurad_monai.datasets.sources.record import Record

SOURCES = modules_with("records", Path(__file__).parent)
"""Every source with what it is; found by listing this folder."""


def records(source: str, root: str | Path) -> Iterator[Record]:
    """The radiographs of a source, one record each, in an order that does not change.

    Args:
        source: one of `SOURCES`.
        root: the folder the source was unpacked to.

    Raises:
        InputError: an unknown source, no such folder, or an annotation file that is missing or of another form.
    """
    if source not in SOURCES:
        raise InputError("source", source, ", ".join(SOURCES), "see aurad prepare --help")
    if not Path(root).is_dir():
        raise InputError("root", root, "an existing folder", "give --root DIR")
    module = importlib.import_module(f"aurad_monai.datasets.sources.{source}")
    found: Iterator[Record] = module.records(Path(root))
    return found
