# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The gate: other body parts, views and children by tags, what is no upright chest by its picture; all by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aurad_monai.bundles.bundle import open_bundle
from aurad_monai.bundles.inventory import bundles_root
from aurad_monai.errors import InputError
from aurad_monai.filtering import corruptions
from aurad_monai.filtering.gate import Gate, tag_objections
from aurad_monai.filtering.other_body_parts import BODY_PARTS
from aurad_monai.filtering.self_test import photograph
from aurad_monai.io.dicom_tags import Tags
from aurad_monai.io.radiograph import read_radiograph
from tests.datasets.sources import trees

SHARED = Path("../shared/data/cxr/images")


def names(tags: Tags, **known: Any) -> list[str]:
    return [item.name for item in tag_objections(tags, **known)]


@pytest.mark.parametrize(
    ("tags", "named"),
    [
        ({"body_part": "HAND"}, ["body_part"]),
        ({"body_part": "HIP"}, ["body_part"]),
        ({"region": "Pelvis"}, ["body_part"]),
        ({"descriptions": ("Becken a.p.",)}, ["body_part"]),
        ({"descriptions": ("HANDS 2 VIEWS",)}, ["body_part"]),
        ({"descriptions": ("Thorax lateral",)}, ["view"]),
        ({"descriptions": ("CHEST LAT",)}, ["view"]),
        ({"view_position": "LL"}, ["view"]),
        ({"view_code": "left lateral"}, ["view"]),
        ({"years": 8.0}, ["age"]),
        ({"years": 0.4}, ["age"]),
        ({"descriptions": ("Thorax Kind ap",)}, ["age"]),
        ({"descriptions": ("CHEST PEDIATRIC 1 VIEW",)}, ["age"]),
        ({"intent": "FOR PROCESSING"}, ["processing"]),
        ({"body_part": "KNEE", "view_position": "LATERAL", "years": 12.5}, ["body_part", "view", "age"]),
        ({}, []),
        ({"body_part": "CHEST", "years": 18.0, "view_position": "PA", "view": "PA"}, []),
        ({"body_part": "CHEST_ABDOMEN"}, []),
        ({"body_part": "PORT CHEST", "descriptions": ("hand-held",)}, []),
        ({"descriptions": ("CHEST PA AND LATERAL",)}, []),
        ({"descriptions": ("Chest lateral decubitus",)}, []),
        ({"descriptions": ("PA/LAT chest",), "view": "PA"}, []),
        ({"descriptions": ("Thorax p.a.",)}, []),
        ({"descriptions": ("Kinder protocol",), "years": 40.0}, []),
        ({"intent": "FOR PRESENTATION"}, []),
        ({"descriptions": ("Ribs and shoulder of chest",)}, []),
    ],
)
def test_tags_object_by_name(tags: dict[str, Any], named: list[str]) -> None:
    assert names(Tags(**tags)) == named


def test_what_a_table_knows_counts_too() -> None:
    assert names(Tags(), age=8) == ["age"] and names(Tags(years=40.0), age=8) == ["age"]
    assert names(Tags(), view="LATERAL") == ["view"] and names(Tags(), view="AP", age=30) == []
    (said,) = tag_objections(Tags(), age=8)
    assert said.reason == "the patient is 8 years old, and this package knows adults only"


@given(st.text(), st.text(), st.lists(st.text(), max_size=3), st.none() | st.floats(allow_nan=True))
def test_any_text_in_a_tag_is_taken(part: str, view: str, descriptions: list[str], years: float | None) -> None:
    tags = Tags(body_part=part, view_position=view, descriptions=tuple(descriptions), years=years)
    assert set(names(tags)) <= {"body_part", "view", "age"}


@pytest.fixture(scope="module")
def gate() -> Gate:
    """That of the shipped filter."""
    opened: Gate = open_bundle(bundles_root() / "cxr_expert_filter", device="cpu").get("filter").gate
    return opened


def looks(gate: Gate, image: np.ndarray) -> list[str]:
    return [item.name for item in gate.objections(image, gate.see(image[None])[0])]


@pytest.mark.parametrize("part", BODY_PARTS)
def test_drawings_of_other_body_parts_are_objected_to(part: str, gate: Gate) -> None:
    rng = np.random.default_rng(0)
    assert all(looks(gate, BODY_PARTS[part](256, rng)) for _ in range(2))


def test_photographs_are_objected_to(gate: Gate) -> None:
    rng, frame = np.random.default_rng(0), np.zeros((1, 256, 256), np.float32)
    assert all(looks(gate, photograph(frame, rng)) for _ in range(3))


@pytest.mark.skipif(not SHARED.is_dir(), reason="the public collection of radiographs is not beside the repository")
def test_real_films_come_in_upright_and_not_otherwise(gate: Gate) -> None:
    films = [read_radiograph(path) for path in sorted(SHARED.rglob("nih_*"))[5:500:100]]
    assert [looks(gate, film) for film in films] == [[]] * len(films)
    for turn in (corruptions.rotated(1), corruptions.rotated(2), corruptions.rotated(3), corruptions.inverted):
        assert all(looks(gate, turn(film, np.random.default_rng(0))) for film in films)


def test_a_refusal_names_the_file_and_says_why_in_sentences(gate: Gate, tmp_path: Path) -> None:
    path = trees.dicom(tmp_path / "hand.dcm", BodyPartExamined="HAND", PatientAge="008Y")
    drawn = BODY_PARTS["hand"](256, np.random.default_rng(0))
    with pytest.raises(InputError, match="adult") as refused:
        gate.anatomy("anatomy", path, drawn)
    text = str(refused.value)
    assert "hand.dcm" in text and "BodyPartExamined says hand, not chest" in text and "8 years old" in text
    assert "\n" not in text
