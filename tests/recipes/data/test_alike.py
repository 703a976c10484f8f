# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Films that differ in nothing but what they show: by hand, and as a datalist of another folder's files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aurad_monai.io.datalist import read_datalist
from recipes import public_cxr
from recipes.data.alike import alike, is_alike

ROW = {"source": "NIH ChestX-ray14", "width": "512", "height": "400", "rsna_class": "", "boxes": "", "chestxdet_id": ""}


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        ({"labels": "Effusion"}, True),
        ({"labels": "No Finding", "rsna_class": "Normal"}, True),
        ({"labels": "No Finding", "chestxdet_id": "7"}, True),
        ({"labels": "No Finding"}, False),
        ({"labels": "Effusion", "width": "300"}, False),
        ({"labels": "Effusion", "source": "Hannover"}, False),
    ],
)
def test_films_by_hand(change: dict[str, str], kept: bool) -> None:
    assert is_alike({**ROW, **change}) is kept


def test_the_files_of_the_other_folder_are_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{**ROW, "id": name, "labels": label} for name, label in (("a", "Mass"), ("b", "No Finding"))]
    monkeypatch.setattr(public_cxr, "manifest", lambda root: rows)
    prepared = tmp_path / "cxr"
    prepared.mkdir()
    (prepared / "a.png").write_bytes(b"")
    listed = [{"id": name, "image": "a.png", "kind": "boxed"} for name in ("a", "b", "a_c0")]
    (prepared / "datalist.json").write_text(json.dumps({"training": listed, "validation": []}))
    alike(str(tmp_path), str(prepared), str(tmp_path / "alike"))
    (case,) = read_datalist(tmp_path / "alike", "training", "image")
    assert case["id"] == "a" and case["image"] == str(prepared / "a.png") and case["kind"] == "boxed"
