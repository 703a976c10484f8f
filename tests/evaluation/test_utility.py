# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Cells of the utility table: mixtures hold what they say, a small network learns a square, tables compare in pairs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from aurad_monai.data.case_folder import GivenCase
from aurad_monai.errors import InputError
from aurad_monai.evaluation import utility_segmentation
from aurad_monai.evaluation.utility_cell import (
    Cell,
    Pictures,
    Recipe,
    grid,
    load_pictures,
    mixture,
    read_cells,
    save_cell,
)
from aurad_monai.evaluation.utility_table import as_markdown, paired_difference
from aurad_monai.prompts.finding import ClinicalFindings
from tests.filtering.planted import LEFT_BASE, masks


def squares(count: int, name: str, seed: int = 0) -> Pictures:
    """Every second picture has a bright square, which is its label."""
    rng = np.random.default_rng(seed)
    images = rng.uniform(0, 0.4, (count, 1, 32, 32)).astype(np.float32)
    labels = np.zeros_like(images)
    for i in range(0, count, 2):
        y, x = rng.integers(0, 20, 2)
        images[i, 0, y : y + 10, x : x + 10] += 0.5
        labels[i, 0, y : y + 10, x : x + 10] = 1
    return Pictures(tuple(f"{name}{i}" for i in range(count)), images, labels)


def test_mixtures_hold_what_they_say() -> None:
    real, made = squares(40, "r"), squares(60, "s", 1)
    small = mixture(Cell("segmentation", "effusion", real=10), real, made)
    assert len(small.ids) == 4 and small.positive.sum() == 2
    larger = mixture(Cell("segmentation", "effusion", real=30, synthetic=0.5), real, made)
    assert set(small.ids) <= set(larger.ids) and sum(name.startswith("s") for name in larger.ids) == 20
    control = mixture(Cell("segmentation", "effusion", real=10, augmented=1.0), real, made)
    assert len(control.ids) == 44 and sum(name.endswith("+") for name in control.ids) == 40
    assert set(name.strip("+") for name in control.ids) == set(small.ids)
    alone = mixture(Cell("segmentation", "effusion", synthetic=1.0), real, made)
    assert len(alone.ids) == 40 and all(name.startswith("s") for name in alone.ids)
    with pytest.raises(InputError, match="synthesize more"):
        mixture(Cell("segmentation", "effusion", synthetic=2.0), real, made)


@pytest.mark.parametrize(
    "wrong", [{"real": 101}, {}, {"augmented": 1.0}, {"synthetic": -1.0}, {"task": "x", "real": 1}]
)
def test_cells_that_are_none(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError):
        Cell(**{"task": "segmentation", "finding": "effusion", **wrong})  # type: ignore[arg-type]


def test_the_grid_holds_each_cell_once() -> None:
    cells = grid("segmentation", "effusion", range(3))
    assert len(cells) == len({cell.name for cell in cells}) == 39


def test_a_square_is_learned_and_nothing_is_not() -> None:
    recipe = Recipe(size=32, steps=80, batch=8, learning_rate=2e-2)
    train, unseen = squares(30, "r"), squares(20, "t", 5)
    right = utility_segmentation.assess(utility_segmentation.train(train, recipe, 0), unseen)
    assert np.mean(right["values"]) > 0.8 and right["auroc"] > 0.9 and len(right["ids"]) == 10
    shuffled = Pictures(train.ids, train.images, np.roll(train.labels, 2, axis=0))
    wrong = utility_segmentation.assess(utility_segmentation.train(shuffled, recipe, 0), unseen)
    assert np.mean(wrong["values"]) < 0.4


class Cases:
    """One with an effusion, one normal, one with another finding, one without masks."""

    def __len__(self) -> int:
        return 4

    def __getitem__(self, index: int) -> GivenCase:
        pathology = [masks(effusion=LEFT_BASE), masks(), masks(mass=LEFT_BASE), None][index]
        return GivenCase(f"{index}", "", ClinicalFindings(()), np.zeros((1, 256, 256), np.float32), None, pathology)


def test_pictures_are_those_with_the_finding_and_those_without_any() -> None:
    pictures = load_pictures(Cases(), "effusion", 64)
    assert pictures.ids == ("0", "1") and pictures.positive.tolist() == [True, False]
    assert pictures.labels[0].sum() == pytest.approx(25 * 30 / 16, rel=0.15)
    with pytest.raises(InputError, match="nodule"):
        load_pictures(type("One", (Cases,), {"__getitem__": lambda self, i: Cases()[2]})(), "nodule", 64)


def test_a_difference_is_paired_by_case() -> None:
    first = {"a": {0: 0.5, 1: 0.7}, "b": {0: 0.2}, "c": {0: 1.0}}
    second = {"a": {0: 0.4, 1: 0.6}, "b": {0: 0.1}}
    assert paired_difference(first, second) == pytest.approx((0.1, 0.1, 0.1))


def test_cells_on_disk_become_a_table(tmp_path: Path) -> None:
    for cell, value in ((Cell("segmentation", "effusion", 10), 0.4), (Cell("segmentation", "effusion", 10, 1.0), 0.5)):
        outcome = {"score": "Dice", "ids": ["a", "b"], "values": [value, value], "auroc": 0.9, "trained_on": 4}
        save_cell(tmp_path, cell, Recipe(), outcome)
    text = as_markdown(read_cells(tmp_path))
    assert "| real 10% + synthetic x1 | real 10% | 0.1000 (0.1000 to 0.1000) |" in text and "Dice" in text
    (tmp_path / "other.json").write_text("{}")
    with pytest.raises(InputError, match="cell"):
        read_cells(tmp_path)
