# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Where a site's own radiographs come from: one file a source, each with `records(root)`, behind one table."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from aurad_monai.errors import InputError

if TYPE_CHECKING:
    from aurad_monai.datasets.sources.record import Record

SOURCES = {
    "mimic": "MIMIC-CXR-JPG with its CheXpert labels and, where unpacked beside them, its reports",
    "chexpert": "CheXpert",
    "nih": "NIH ChestX-ray14 with its boxes",
    "vindr": "VinDr-CXR, boxes of several readers",
    "padchest": "PadChest",
    "rsna": "RSNA Pneumonia Detection Challenge, boxes",
    "siim": "SIIM-ACR Pneumothorax Segmentation, outlines",
    "chestxdet": "ChestX-Det, polygons of 13 findings",
    "openi": "Open-I (Indiana University) with its reports",
    "folder": "any folder of PNG and JPEG, with metadata.csv if there is one",
    "dicom": "any folder of DICOM",
    "synthetic": "a run of aurad generate",
}
"""Every source with what it is; the modules of this package have the same names."""


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
