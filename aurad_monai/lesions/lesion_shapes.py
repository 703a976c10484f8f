# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Real outlines of findings, read before lesions are composed: how large, where and with what pathology occurs.

The outlines are the radiologists' polygons of ChestX-Det (https://github.com/Deepwise-AILab/ChestX-Det-Dataset), in
coordinates 0..1 of the full frame. The records of validation patients are kept apart, so that a model trained on
inserted lesions can be validated on shapes it has never seen.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from aurad_monai.errors import InputError
from aurad_monai.files import MAX_BYTES, read_text
from aurad_monai.io.split import SECTIONS, section_of_record
from aurad_monai.vocabulary import FINDING_NAMES, from_dataset


@dataclass(frozen=True, eq=False)
class LesionShape:
    """One outlined finding.

    Args:
        finding: one of `FINDING_NAMES`.
        outline: (points, 2) x and y in 0..1 of the frame it was drawn in.
    """

    finding: str
    outline: npt.NDArray[np.float64]

    @property
    def center(self) -> tuple[float, float]:
        """x and y of the middle of the bounding box."""
        middle = (self.outline.min(axis=0) + self.outline.max(axis=0)) / 2
        return float(middle[0]), float(middle[1])

    @property
    def extent(self) -> tuple[float, float]:
        """Width and height of the bounding box."""
        size = self.outline.max(axis=0) - self.outline.min(axis=0)
        return float(size[0]), float(size[1])


@dataclass(frozen=True, eq=False)
class LesionRecord:
    """The outlines of one radiograph, in the order they were drawn."""

    id: str
    shapes: tuple[LesionShape, ...]

    @property
    def findings(self) -> tuple[str, ...]:
        """Names of the findings in it, in channel order."""
        present = {shape.finding for shape in self.shapes}
        return tuple(name for name in FINDING_NAMES if name in present)

    def of(self, finding: str) -> tuple[LesionShape, ...]:
        """The shapes of one finding."""
        return tuple(shape for shape in self.shapes if shape.finding == finding)


def _shapes(record: Mapping[str, Any]) -> tuple[LesionShape, ...]:
    shapes = []
    for found in record["objects"]:
        names = from_dataset(found["label"], "chestxdet")
        if names and len(found["polygon"]) > 2:
            shapes.append(LesionShape(names[0], np.asarray(found["polygon"], dtype=np.float64)))
    return tuple(shapes)


class LesionShapes:
    """A library of outlined radiographs to draw lesions from.

    Args:
        records: radiographs with at least one outline; others are left out.

    Raises:
        InputError: no record has an outline.
    """

    def __init__(self, records: Iterable[LesionRecord]) -> None:
        self.records = tuple(record for record in records if record.shapes)
        if not self.records:
            raise InputError("records", "none with an outline", "at least one record with an outline")
        self._with: dict[str, tuple[LesionRecord, ...]] = {
            name: tuple(record for record in self.records if name in record.findings) for name in FINDING_NAMES
        }

    @classmethod
    def from_jsonl(cls, path: str | Path, section: str = "training") -> LesionShapes:
        """Read outlines from a file with one JSON record a line: `id` and `objects` of `label` and `polygon`.

        Args:
            path: for instance `annotations/chestxdet.jsonl`.
            section: `training` (default), `validation` (see `io/split.py`) or `all`.

        Raises:
            InputError: no such file, or an unknown section.
        """
        if section not in (*SECTIONS, "all"):
            raise InputError("section", section, ", ".join((*SECTIONS, "all")))
        if not Path(path).is_file():
            raise InputError(
                "path", path, "a file of outlines, one JSON record a line", "see docs/reference/training.md"
            )
        rows = [json.loads(line) for line in read_text(path, MAX_BYTES).splitlines() if line.strip()]
        kept = [row for row in rows if section in ("all", section_of_record(row))]
        return cls(LesionRecord(row["id"], _shapes(row)) for row in kept)

    def with_finding(self, finding: str) -> tuple[LesionRecord, ...]:
        """All radiographs that show a finding.

        Raises:
            InputError: the library has none of it.
        """
        if not self._with.get(finding):
            raise InputError("finding", finding, ", ".join(name for name, found in self._with.items() if found))
        return self._with[finding]
