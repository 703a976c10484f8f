# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Cells of the utility table: mixtures hold what they say, a small network learns a square, tables compare in pairs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from aurad_monai.bundles.bundle import open_bundle
from aurad_monai.case import Case
from aurad_monai.errors import InputError
from aurad_monai.evaluation.utility import segmentation, table
from aurad_monai.evaluation.utility.backbone import Backbone
from aurad_monai.evaluation.utility.experiment import (
    MIXTURES,
    Experiment,
    LabeledImages,
    TrainConfig,
    experiment_grid,
    load_labeled_images,
    read_experiments,
    save_experiment,
    training_set,
)
from aurad_monai.evaluation.utility.run import run_experiment
from aurad_monai.evaluation.utility.table import as_markdown
from tests.filtering.planted import LEFT_BASE, masks

BACKBONE = Backbone.of_bundle(open_bundle(Path(__file__).parents[3] / "bundles/cxr_expert_filter"))
EDGE = 128


def squares(count: int, name: str, seed: int = 0) -> LabeledImages:
    """Every second picture has a bright square, which is its label."""
    rng = np.random.default_rng(seed)
    images = rng.uniform(0, 0.4, (count, 1, EDGE, EDGE)).astype(np.float32)
    labels = np.zeros_like(images)
    for i in range(0, count, 2):
        y, x = rng.integers(0, EDGE - 40, 2)
        images[i, 0, y : y + 40, x : x + 40] += 0.5
        labels[i, 0, y : y + 40, x : x + 40] = 1
    return LabeledImages(tuple(f"{name}{i}" for i in range(count)), images, labels)


def test_mixtures_hold_what_they_say() -> None:
    real, made = squares(40, "r"), squares(60, "s", 1)
    small = training_set(Experiment("segmentation", "effusion", real=10), real, made)
    assert len(small.ids) == 4 and small.positive.sum() == 2
    larger = training_set(Experiment("segmentation", "effusion", real=30, synthetic=0.5), real, made)
    assert set(small.ids) <= set(larger.ids) and sum(name.startswith("s") for name in larger.ids) == 20
    control = training_set(Experiment("segmentation", "effusion", real=10, augmented=1.0), real, made)
    assert len(control.ids) == 44 and sum(name.endswith("+") for name in control.ids) == 40
    assert set(name.strip("+") for name in control.ids) == set(small.ids)
    again = training_set(Experiment("segmentation", "effusion", real=10, repeated=1.0), real, made)
    assert len(again.ids) == 44 and {again.ids.count(name) for name in small.ids} == {11} and again.positive.sum() == 22
    assert set(again.ids) == set(small.ids)
    alone = training_set(Experiment("segmentation", "effusion", synthetic=1.0), real, made)
    assert len(alone.ids) == 40 and all(name.startswith("s") for name in alone.ids)
    with pytest.raises(InputError, match="synthesize more"):
        training_set(Experiment("segmentation", "effusion", synthetic=2.0), real, made)


@pytest.mark.parametrize(
    "wrong",
    [
        {"real": 101},
        {},
        {"augmented": 1.0},
        {"repeated": 1.0},
        {"synthetic": -1.0},
        {"real": 10, "pretraining": True},
        {"task": "x", "real": 1},
    ],
)
def test_cells_that_are_none(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError):
        Experiment(**{"task": "segmentation", "finding": "effusion", **wrong})  # type: ignore[arg-type]


def test_the_grid_holds_each_cell_once() -> None:
    grids = [{e.name for e in experiment_grid("segmentation", "effusion", range(2), name)} for name in MIXTURES]
    assert [len(grid) for grid in grids] == [16, 32, 38] and grids[0] < grids[1] < grids[2]
    twice = experiment_grid("segmentation", "effusion", range(2), "quick", generators=2)
    assert len(twice) == len({experiment.name for experiment in twice}) == 16 + 2 * 4
    assert {experiment.real for experiment in twice if experiment.generator and not experiment.synthetic} == set()
    with pytest.raises(InputError, match="standard"):
        experiment_grid("segmentation", "effusion", range(2), "all")


def test_pretraining_is_on_synthetic_cases_and_then_on_real_ones() -> None:
    experiment = Experiment("segmentation", "effusion", real=10, synthetic=1.0, pretraining=True)
    assert experiment.condition == "synthetic x1 then real 10%"
    assert experiment.name == "segmentation_effusion_syntheticx1_then_real10_seed0"
    real, made, unseen = squares(40, "r"), squares(40, "s", 1), squares(20, "t", 5)
    first, then = [training_set(stage, real, made) for stage in experiment.stages]
    assert all(name.startswith("s") for name in first.ids) and len(first.ids) == 40
    assert all(name.startswith("r") for name in then.ids) and len(then.ids) == 4
    config = TrainConfig(size=EDGE, steps=640, batch=8, learning_rate=2e-2)
    found = run_experiment(experiment, config, real, made, unseen, BACKBONE)
    assert found["trained_on"] == 44 and np.mean(found["values"][::2]) > 0.8


def test_a_network_that_was_begun_goes_on() -> None:
    train, unseen = squares(30, "r"), squares(20, "t", 5)
    begun = segmentation.train(train, TrainConfig(size=EDGE, steps=320, batch=8, learning_rate=2e-2), 0, BACKBONE)
    still = TrainConfig(size=EDGE, steps=1, batch=8, learning_rate=1e-9)
    on, anew = (segmentation.train(train, still, 0, BACKBONE, network) for network in (begun, None))
    assert np.mean(segmentation.assess(on, unseen)["values"][::2]) > 0.7
    assert np.mean(segmentation.assess(anew, unseen)["values"][::2]) < 0.3


def test_a_square_is_learned_and_nothing_is_not() -> None:
    config = TrainConfig(size=EDGE, steps=320, batch=8, learning_rate=2e-2)
    train, unseen = squares(30, "r"), squares(20, "t", 5)
    right = segmentation.assess(segmentation.train(train, config, 0, BACKBONE), unseen)
    scores = np.array(right["image_scores"])
    assert right["present"] == [1, 0] * 10 and scores[::2].min() > scores[1::2].max()
    assert np.mean(right["values"][::2]) > 0.8
    shuffled = LabeledImages(train.ids, train.images, np.roll(train.labels, 2, axis=0))
    wrong = segmentation.assess(segmentation.train(shuffled, config, 0, BACKBONE), unseen)
    assert np.mean(wrong["values"][::2]) < 0.4


class Cases:
    """One with an effusion, one normal, one with another finding, one without masks."""

    def __len__(self) -> int:
        return 4

    def __getitem__(self, index: int) -> Case:
        pathology = [masks(effusion=LEFT_BASE), masks(), masks(mass=LEFT_BASE), None][index]
        return Case(f"{index}", image=np.zeros((1, 256, 256), np.float32), pathology=pathology)


def test_pictures_are_those_with_the_finding_and_those_without_any() -> None:
    data = load_labeled_images(Cases(), "effusion", 64)
    assert data.ids == ("0", "1") and data.positive.tolist() == [True, False]
    assert data.labels[0].sum() == pytest.approx(25 * 30 / 16, rel=0.15)
    with pytest.raises(InputError, match="nodule"):
        load_labeled_images(type("One", (Cases,), {"__getitem__": lambda self, i: Cases()[2]})(), "nodule", 64)


def outcome(values: list[float], scores: list[float], score: str = "Dice") -> dict[str, object]:
    """Of three test cases, the last without the finding."""
    found = {"score": score, "ids": ["a", "b", "c"], "present": [1, 1, 0], "image_scores": scores, "trained_on": 4}
    return found if score == "AUROC" else {**found, "values": values}


def saved(folder: Path, values: dict[str, list[float]], score: str = "Dice", seeds: int = 2) -> str:
    """The table of cells that gave these values."""
    for experiment in experiment_grid("segmentation", "effusion", range(seeds)):
        if experiment.condition in values:
            save_experiment(
                folder, experiment, TrainConfig(), outcome([*values[experiment.condition], 0.0], [0.8, 0.2, 0.5], score)
            )
    return as_markdown(read_experiments(folder))


def test_cells_on_disk_become_a_table(tmp_path: Path) -> None:
    text = saved(tmp_path, {"real 10%": [0.25, 0.5], "real 10% + synthetic x1": [0.375, 0.625]})
    assert "| real 10% + synthetic x1 | real 10% | 0.125 (0.125 to 0.125) |" in text
    assert "| trained on | cases | Dice (95%) | AUROC (95%) | test cases | seeds |" in text
    assert "| real 10% | 4 | 0.375 (0.250 to 0.500) | 0.500 (0.000 to 1.000) | 2 of 3 | 2 |" in text
    assert "target" not in text  # none of the mixtures that have one
    (tmp_path / "other.json").write_text("{}")
    with pytest.raises(InputError, match="experiment"):
        read_experiments(tmp_path)


def test_controls_and_pretraining_are_compared_and_sets_are_averaged(tmp_path: Path) -> None:
    values = {
        "real 10%": [0.25, 0.5],
        "real 10% + synthetic x1": [0.375, 0.75],
        "real 10% + augmented x1": [0.25, 0.625],
        "real 10% + repeated x1": [0.25, 0.5],
        "synthetic x1 then real 10%": [0.5, 0.75],
    }
    text = saved(tmp_path, values)
    assert "| real 10% + synthetic x1 | real 10% + augmented x1 | 0.125 (0.125 to 0.125) |" in text
    assert "| real 10% + synthetic x1 | real 10% + repeated x1 | 0.188 (0.125 to 0.250) |" in text
    assert "| synthetic x1 then real 10% | real 10% | 0.250 (0.250 to 0.250) |" in text
    assert "2 of 3 test cases have the finding, 2 of 3 patients" in text
    other = Experiment("segmentation", "effusion", real=10, synthetic=1.0, generator=1)
    save_experiment(tmp_path, other, TrainConfig(), outcome([0.875, 1.0, 0.0], [0.8, 0.2, 0.5]))
    text = as_markdown(read_experiments(tmp_path))  # 0.5625 above real, 0.1875 on average before
    assert "| real 10% + synthetic x1 | real 10% | 0.312 " in text and "| 2 of 3 | 3 |" in text


def test_nothing_is_decided_on_few_positives(tmp_path: Path) -> None:
    text = saved(tmp_path, REAL | GOOD)
    assert text.count("not decided: 2 test cases have the finding, 40 needed") == 3 and "| met |" not in text


REAL = {"real 100%": [0.5, 0.75], "real 10% + augmented x1": [0.25, 0.375]}
GOOD = {"synthetic x1": [0.5, 0.625], "real 10% + synthetic x1": [0.375, 0.5], "real 100% + synthetic x1": [0.5, 1.0]}
BAD = {
    "synthetic x1": [0.25, 0.375],
    "real 10% + synthetic x1": [0.2578125, 0.3828125],
    "real 100% + synthetic x1": [0.375, 0.625],
}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (GOOD, ["0.900 (0.833 to 1.000) | met", "0.125 (0.125 to 0.125) | met", "0.125 (0.000 to 0.250) | met"]),
        (BAD, ["0.500 (0.500 to 0.500) | missed", "0.0078 (0.0078 to 0.0078) | missed", "to -0.125) | missed"]),
    ],
)
def test_targets_are_judged(
    tmp_path: Path, values: dict[str, list[float]], said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "MIN_POSITIVE", 2)
    text = saved(tmp_path, REAL | values)
    target_results = text[text.index("| target |") :].splitlines()[2:5]
    assert all(words in row for words, row in zip(said, target_results, strict=True)), target_results


def test_scores_by_sex_and_age(tmp_path: Path) -> None:
    patients = {"sex": ["female", "male", "male", "female"], "age": [30, 50, None, 70]}
    for condition, scores in (("", [0.9, 0.1, 0.5, 0.2]), ("synthetic", [0.9, 0.7, 0.5, 0.95])):
        experiment = Experiment("classification", "effusion", real=100, synthetic=float(bool(condition)))
        found = {"score": "AUROC", "ids": ["a", "b", "c", "d"], "present": [1, 1, 0, 0], "image_scores": scores}
        save_experiment(tmp_path, experiment, TrainConfig(), {**found, **patients, "trained_on": 4})
    text = as_markdown(read_experiments(tmp_path))
    assert "| female | 1, 1 | 1.000 (1.000 to 1.000) | 0.0000 (0.0000 to 0.0000) | -1.000 (-1.000 to -1.000) |" in text
    assert "| male | 1, 1 | 0.0000 (0.0000 to 0.0000) | 1.000 (1.000 to 1.000) | 1.000 (1.000 to 1.000) |" in text
    assert "| 60 and older | 0, 1 | - | - | - |" in text


def test_a_gain_whose_interval_holds_nothing_is_no_gain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "MIN_POSITIVE", 2)
    text = saved(tmp_path, {"real 10% + augmented x1": [0.2, 0.6], "real 10% + synthetic x1": [0.1, 0.9]})
    assert "missed: the interval holds 0" in text
    text = saved(tmp_path, {"real 100%": [0.2, 0.6], "real 100% + synthetic x1": [0.3, 0.4]})
    assert "open: lower, but the interval holds 0" in text
