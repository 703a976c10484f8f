# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""What is known of a film: text-mined labels, readers, boxes and outlines, and what they are worth."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from recipes.experts.films import FINDINGS, Film, in_part, raster, read_films
from recipes.experts.targets import interval, matrix, training_targets
from recipes.experts.train_findings import steps_of
from recipes.public_cxr import Row

WIDE = {"width": "200", "height": "100"}
BOX = json.dumps([{"label": "Lung Opacity", "box": [0, 0, 0.5, 1], "annotator": "RSNA"}])
COLUMNS = ("id", "source", "patient", "split", "population", "labels", "image", "rsna_class", "boxes", *WIDE)


def row(name: str, **known: str) -> Row:
    usual = {"source": "NIH", "patient": f"p{name}", "split": "train", "population": "adult", "image": f"{name}.png"}
    return dict.fromkeys(COLUMNS, "") | usual | WIDE | {"id": name} | known


@pytest.fixture
def films(tmp_path: Path) -> dict[str, Film]:
    rows = [
        row("a", labels="Mass|Infiltration"),
        row("b", labels="No Finding", rsna_class="Normal", split="val"),
        row("c", labels="Effusion", rsna_class="Lung Opacity", boxes=BOX),
        row("d", labels="No Finding"),
        row("child", labels="Mass", population="paediatric"),
    ]
    with (tmp_path / "manifest.csv").open("w", newline="") as lines:
        table = csv.DictWriter(lines, COLUMNS)
        table.writeheader()
        table.writerows(rows)
    outlines = [{"label": "Diffuse Nodule", "polygon": [[0, 0], [1, 0], [1, 1]]}]
    (tmp_path / "annotations").mkdir()
    record = {"nih_id": "d", "image": "d.png", "objects": outlines}
    (tmp_path / "annotations" / "chestxdet.jsonl").write_text(json.dumps(record) + "\n")
    return {film.id: film for film in read_films(tmp_path)}


def test_adults_alone_are_read(films: dict[str, Film]) -> None:
    assert list(films) == ["a", "b", "c", "d"]
    assert [film.validation for film in films.values()] == [False, True, False, False]


def test_a_few_films_are_from_everywhere(films: dict[str, Film], tmp_path: Path) -> None:
    assert [film.id for film in read_films(tmp_path, 2)] == ["a", "d"]
    assert len(read_films(tmp_path, 9)) == 4


def test_a_few_films_still_make_a_cycle_of_learning_rates() -> None:
    assert steps_of(3.5, 7, 32) == 2 and steps_of(3.5, 2626, 32) == 287


def test_labels_readings_and_outlines_say_what_they_can(films: dict[str, Film]) -> None:
    assert films["a"].text["mass"] == films["a"].text["consolidation"] == 1
    assert films["a"].text["effusion"] == 0 and "fracture" not in films["a"].text and not films["a"].read
    assert set(films["b"].read.values()) == {0.0} and len(films["b"].read) == len(FINDINGS)
    assert films["c"].read == {"consolidation": 1.0}
    assert films["d"].read["diffuse_nodule"] == 1 and films["d"].read["fracture"] == 0


def test_marks_are_in_the_square_frame(films: dict[str, Film]) -> None:
    covered = raster(list(films["c"].marks), 8)  # 200 x 100 stands in the middle half of its frame
    assert covered[2:6, :4].min() > 0.9
    assert covered[:2].max() == covered[7:].max() == covered[:, 5:].max() == 0  # Pillow draws its far edge too


def test_readers_outweigh_text_and_unknown_weighs_nothing(films: dict[str, Film]) -> None:
    value, weight = training_targets(list(films.values()))
    opacity, effusion, fracture = (FINDINGS.index(name) for name in ("consolidation", "effusion", "fracture"))
    assert weight[2, opacity] == 1 and weight[0, opacity] == pytest.approx(0.5) and value[0, opacity] == 1
    assert weight[0, fracture] == 0 and weight[1, fracture] == 1
    assert 0 < weight[0, effusion] < weight[2, effusion]
    assert matrix([films["c"]], "best")[0, effusion] == 1


def test_a_patient_stays_in_its_part() -> None:
    patients = [f"p{number}" for number in range(400)]
    half = [in_part(patient, "half", 0.5) for patient in patients]
    assert half == [in_part(patient, "half", 0.5) for patient in patients]
    assert 150 < sum(half) < 250
    assert half != [in_part(patient, "other", 0.5) for patient in patients]


def test_the_interval_draws_patients() -> None:
    truth, score = np.tile(np.array([0, 1], np.float32), 20), np.tile(np.array([0.2, 0.8], np.float32), 20)
    assert interval(truth, score, [str(index) for index in range(40)], 50) == (1, 1, 1)
    assert np.isnan(interval(truth[:1], score[:1], ["p"], 5)).all()
