# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A new study: blinded, balanced, by its seed alone, one picture pipeline for generated and real."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aurad_monai.errors import InputError
from aurad_monai.readers.study import PARTS, Design, Study, edge_of, new_study, open_study
from tests.readers.small_study import cases, small_study


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return small_study(tmp_path_factory.mktemp("readers") / "study")


def test_parts_hold_what_the_design_asks_for(study: Study) -> None:
    by_part = {part: [study.truths[item.id] for item in study.items if item.part == part] for part in PARTS}
    assert [sum(t.kind == kind for t in by_part["training"]) for kind in ("generated", "real")] == [1, 1]
    first = [truth for truth in by_part["study"] if not truth.repeats]
    assert [sum(t.kind == kind for t in first) for kind in ("generated", "real")] == [6, 6]
    again = [truth for truth in by_part["study"] if truth.repeats]
    assert len(again) == 2 and all(study.truths[t.repeats].source == t.source for t in again)
    assert all(truth.findings == ("mass",) for truth in by_part["outlines"]) and by_part["outlines"]
    assert len({truth.source for truth in first}) == 12


def test_nothing_a_reader_gets_tells_the_truth(study: Study) -> None:
    served = (study.folder / "study.json").read_text()
    assert "generated" not in served and "made" not in served and "film" not in served
    listed = json.loads(served)["items"]
    assert listed == sorted(listed, key=lambda item: str(item["id"]))
    pictures = [Image.open(path) for path in sorted((study.folder / "pictures").iterdir())]
    assert {(p.mode, p.size, p.format, tuple(p.info)) for p in pictures} == {("L", (64, 64), "PNG", ())}


def test_pictures_are_the_cases(study: Study) -> None:
    sources = {case.id: case for case in (*cases("made", 9, True), *cases("film", 9, False))}
    for name, truth in study.truths.items():
        stored = np.asarray(Image.open(study.folder / "pictures" / f"{name}.png"))
        np.testing.assert_array_equal(stored, sources[truth.source].pixels)


def test_outlines_follow_the_mask(study: Study) -> None:
    name = next(item.id for item in study.items if item.part == "outlines")
    rows, columns = np.nonzero(np.asarray(Image.open(study.folder / "outlines" / f"{name}.png"))[..., 3])
    box = np.array([rows.min(), rows.max() + 1, columns.min(), columns.max() + 1]) / 1024 * 64
    np.testing.assert_allclose(box, (20, 30, 20, 30), atol=0.5)


def test_order_is_by_seed_and_reader_and_repeats_come_late(study: Study) -> None:
    order = study.order("anna")
    assert order == study.order("anna") != study.order("ben")
    assert sorted(item.id for item in order) == sorted(item.id for item in study.items)
    assert [item.part for item in order] == sorted((item.part for item in order), key=PARTS.index)
    places = {item.id: place for place, item in enumerate(order)}
    for truth in study.truths.values():
        if truth.repeats:
            assert abs(places[truth.id] - places[truth.repeats]) > 1


def test_same_seed_same_study_and_opened_as_written(study: Study, tmp_path: Path) -> None:
    again = small_study(tmp_path / "again")
    assert again.truths == study.truths
    assert small_study(tmp_path / "other", seed=4).truths != study.truths
    opened = open_study(study.folder)
    assert replace(opened, items=()) == replace(study, items=()) and set(opened.items) == set(study.items)


def test_too_few_cases_or_an_existing_folder_are_refused_with_nothing_left(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="made: got '2 readable"):
        new_study(tmp_path / "few", {"run": cases("made", 2, True)}, cases("film", 9, False), Design(6, 0, 0))
    assert not (tmp_path / "few").exists()
    with pytest.raises(InputError, match="does not exist"):
        new_study(tmp_path, {"run": cases("made", 9, True)}, cases("film", 9, False), Design(6, 0, 0))


def test_pictures_of_two_sizes_are_refused(tmp_path: Path) -> None:
    films = [replace(case, image=np.zeros((1, 32, 32), np.float32)) for case in cases("film", 9, False)]
    with pytest.raises(InputError, match="64 x 64"):
        new_study(tmp_path / "two", {"run": cases("made", 9, True)}, films, Design(2, 0, 0))
    assert edge_of(films) == 32


@pytest.mark.parametrize("name", ["study.json", "key.json"])
@pytest.mark.parametrize("text", ["", "[]", "{}", '{"items": [{"id": "x", "part": "exam"}]}', "[{}]", "null"])
def test_damaged_studies_are_refused_in_one_line(tmp_path: Path, name: str, text: str) -> None:
    folder = small_study(tmp_path / "study", 2, 0, 0).folder
    (folder / name).write_text(text)
    with pytest.raises(InputError, match="study: got"):
        open_study(folder)
