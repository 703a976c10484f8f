# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""CheXmask: rows are found by the names of the source, read one at a time, and left out where their quality is low."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from aurad_monai.datasets.chexmask import CheXmask
from aurad_monai.errors import InputError
from tests.datasets.sources.trees import table

HEADER = "Image Index,Dice RCA (Mean),Dice RCA (Max),Landmarks,Left Lung,Right Lung,Heart,Height,Width"


def row(name: str, quality: float = 0.9) -> tuple[object, ...]:
    return (name, quality, 0.95, "[1,2,3,4]", "1 2 11 2", "5 3", "8 1", 10, 10)


def test_masks_are_found_by_name(tmp_path: Path) -> None:
    found = CheXmask(table(tmp_path / "ChestX-Ray8.csv", HEADER, row("00000001_000.png"), row("00000002_000.png")))
    left, right, heart = found.marks("00000002_000")
    assert [mark.name for mark in (left, right, heart)] == ["left_lung", "right_lung", "heart"]
    assert np.argwhere(left.decode()).tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert found.marks("00000003_000") == ()


def test_low_quality_is_left_out(tmp_path: Path) -> None:
    assert CheXmask(table(tmp_path / "a.csv", HEADER, row("a.png", 0.5))).marks("a") == ()


def test_chexpert_paths(tmp_path: Path) -> None:
    path = "CheXpert-v1.0/train/patient00001/study1/view1_frontal.jpg"
    assert CheXmask(table(tmp_path / "a.csv", HEADER, row(path))).marks("patient00001_study1_view1_frontal")


def test_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="unpacked"):
        CheXmask(tmp_path / "a.csv.gz")
    with pytest.raises(InputError, match="Left Lung"):
        CheXmask(table(tmp_path / "a.csv", "Image Index,Landmarks"))


def test_a_broken_row_is_named(tmp_path: Path) -> None:
    path = table(tmp_path / "a.csv", HEADER, row("a.png"), ("b.png", 0.9, "short"), row("c.png"))
    found = CheXmask(path)
    assert found.marks("a") and found.marks("c")
    with pytest.raises(InputError, match="the row of b") as caught:
        found.marks("b")
    assert caught.value.reason == "unreadable CheXmask row"
    path.write_text(path.read_text() + "no comma here\n")
    with pytest.raises(InputError, match="line 5"):
        CheXmask(path)
