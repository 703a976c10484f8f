# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The library of outlines: what is read, what is kept apart for validation, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from aurad_monai.errors import InputError
from aurad_monai.lesions.lesion_shapes import LesionRecord, LesionShapes

SQUARE = [[0.2, 0.3], [0.4, 0.3], [0.4, 0.5], [0.2, 0.5]]


def write(path: Path, count: int = 200) -> Path:
    """A file of outlines: every record has an effusion, a device to skip, and every third a nodule."""
    rows = []
    for index in range(count):
        objects = [{"label": "Effusion", "polygon": SQUARE}, {"label": "Tube", "polygon": SQUARE}]
        if index % 3 == 0:
            objects.append({"label": "Diffuse Nodule", "polygon": SQUARE})
        rows.append({"id": f"chest_{index}", "objects": objects})
    rows.append({"id": "empty", "objects": []})
    path.write_text("\n".join(json.dumps(row) for row in rows))
    return path


def test_sections_are_disjoint_complete_and_stable(tmp_path: Path) -> None:
    path = write(tmp_path / "outlines.jsonl")
    train, val, everything = (
        {record.id for record in LesionShapes.from_jsonl(path, section).records}
        for section in ("training", "validation", "all")
    )
    assert not train & val
    assert train | val == everything
    assert 0.07 < len(val) / len(everything) < 0.25


def test_names_follow_the_vocabulary_and_shapes_are_measured(tmp_path: Path) -> None:
    shapes = LesionShapes.from_jsonl(write(tmp_path / "outlines.jsonl"), "all")
    record = shapes.with_finding("diffuse_nodule")[0]
    assert record.findings == ("diffuse_nodule", "effusion")
    assert len(record.of("effusion")) == 1
    assert np.allclose(record.of("effusion")[0].center, (0.3, 0.4))
    assert np.allclose(record.of("effusion")[0].extent, (0.2, 0.2))


def test_bad_input_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="^path: got"):
        LesionShapes.from_jsonl(tmp_path / "missing.jsonl")
    with pytest.raises(InputError, match="^section: got"):
        LesionShapes.from_jsonl(write(tmp_path / "outlines.jsonl"), "test")
    with pytest.raises(InputError, match="^finding: got"):
        LesionShapes.from_jsonl(write(tmp_path / "outlines.jsonl")).with_finding("mass")
    with pytest.raises(InputError, match="^records: got"):
        LesionShapes([LesionRecord("empty", ())])
