# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""CheXmask (Gaggion et al., Scientific Data 2024): lungs and heart of six public collections, looked up one at a time.

Its tables are several gigabytes, so only the place of each row is kept in memory. Its lungs end at the heart and it has
no mediastinum; what our anatomy adds to them is said in `aurad_monai.datasets.pseudo_masks`.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

from aurad_monai.datasets.marks import Runs
from aurad_monai.datasets.sources.record import stem
from aurad_monai.errors import InputError

COLUMNS = {"Left Lung": "left_lung", "Right Lung": "right_lung", "Heart": "heart"}
MIN_QUALITY = 0.7
"""Least estimated Dice, as its authors advise; rows below it are passed over."""
QUALITY = "Dice RCA (Mean)"


class CheXmask:
    """One table of CheXmask.

    Args:
        path: for example OriginalResolution/ChestX-Ray8.csv, unpacked.

    Raises:
        InputError: no such file, packed, or without its columns.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        if not self.path.is_file() or self.path.suffix != ".csv":
            raise InputError("chexmask", path, "an unpacked .csv of CheXmask", "gunzip it first")
        csv.field_size_limit(sys.maxsize)
        with self.path.open("rb") as stream:
            self.columns = next(csv.reader([stream.readline().decode("utf-8-sig")]))
            if not {*COLUMNS, "Height", "Width"} <= set(self.columns):
                wanted = ", ".join([*COLUMNS, "Height", "Width"])
                raise InputError("chexmask", path, f"columns {wanted}", "use the table of the original resolution")
            self.places: dict[str, int] = {}
            place = stream.tell()
            for number, line in enumerate(stream, start=2):
                name = line.partition(b",")[0].decode("utf-8", "replace").strip('"')
                if line.strip():
                    if b"," not in line:
                        raise self._broken(f"line {number}", "a row as published")
                    self.places.setdefault(self._key(name), place)
                place += len(line)

    def _broken(self, where: str, allowed: str) -> InputError:
        step = "download it again"
        return InputError("chexmask", f"{self.path}, {where}", allowed, step, reason="unreadable CheXmask row")

    @staticmethod
    def _key(name: str) -> str:
        """The id of a record: PNG names lose their ending, CheXpert's paths their first folders."""
        parts = Path(name).with_suffix("").parts if name.lower().endswith((".png", ".jpg")) else (name,)
        return stem("_".join(part for part in parts if not part.startswith(("CheXpert-", "train", "valid"))))

    def marks(self, record_id: str) -> tuple[Runs, ...]:
        """Left lung, right lung and heart of a radiograph; nothing where it is not listed or of low quality."""
        place = self.places.get(record_id)
        if place is None:
            return ()
        with self.path.open("rb") as stream:
            stream.seek(place)
            line = stream.readline().decode("utf-8", "replace")
        try:
            row = dict(zip(self.columns, next(csv.reader([line])), strict=True))
            quality = float(row.get(QUALITY) or 1.0)
            shape = (int(float(row["Height"])), int(float(row["Width"])))
        except (ValueError, OverflowError, csv.Error) as error:
            raise self._broken(f"the row of {record_id}", f"{len(self.columns)} cells as published") from error
        if quality < MIN_QUALITY:
            return ()
        return tuple(Runs(name, row[column], shape) for column, name in COLUMNS.items())
