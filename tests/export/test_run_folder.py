# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The output contract: what a run leaves behind, file by file."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from PIL import Image

from aurad_monai import vocabulary
from aurad_monai.case import quantize
from aurad_monai.errors import InputError
from aurad_monai.export import run_folder
from aurad_monai.export.run_folder import RunRecord, write_run
from aurad_monai.io.read_run import read_run

RECORD = RunRecord(
    command="aurad generate x", prompt="small left pleural effusion", seed=7, num=2, timing={"mask": 1.23456}
)
MakeCase = Callable[..., Any]


def _manifest(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "manifest.jsonl").read_text().splitlines()]


def _tree(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_accepted_case_is_written_as_the_contract_says(tmp_path: Path, make_case: MakeCase) -> None:
    case = make_case("a-0", scores={"effusion": 0.9, "unknown": float("nan")})
    folder = write_run(tmp_path / "run", [case], RECORD)
    assert _tree(folder) == [
        "anatomy/a-0.nii.gz",
        "dataset.json",
        "images/a-0.png",
        "manifest.jsonl",
        "overview.png",
        "pathology/a-0.nii.gz",
        "run.json",
    ]
    (line,) = _manifest(folder)
    assert line["files"] == {
        "image": "images/a-0.png",
        "anatomy": "anatomy/a-0.nii.gz",
        "pathology": "pathology/a-0.nii.gz",
    }
    for key, file in line["files"].items():
        assert line["sha256"][key] == hashlib.sha256((folder / file).read_bytes()).hexdigest()
    assert line["findings"]["findings"][1] == {
        "name": "effusion",
        "laterality": "left",
        "zone": "basal",
        "severity": "small",
        "present": True,
        "percent": None,
        "centimeters": None,
    }
    assert [item["name"] for item in line["findings"]["findings"]] == ["cardiomegaly", "effusion"]  # of the masks
    assert [item["name"] for item in line["requested"]["findings"]] == ["effusion"]
    assert (line["findings"]["view"], line["findings"]["sex"], line["findings"]["age"]) == ("PA", "female", 60)
    assert line["scores"] == {"effusion": 0.9, "unknown": None}
    assert (line["id"], line["seed"], line["accepted"], line["reasons"]) == ("a-0", 7, True, [])


def test_arrays_on_disk_are_x_y_channel(tmp_path: Path, make_case: MakeCase) -> None:
    case = make_case("a-0")
    folder = write_run(tmp_path / "run", [case], RECORD)
    volume = nib.load(folder / "pathology" / "a-0.nii.gz")
    assert volume.get_data_dtype() == np.uint8
    assert volume.shape == (256, 256, 1, 13)
    effusion = np.asarray(volume.dataobj)[:, :, 0, vocabulary.channel("effusion")]
    assert effusion[185, 200] == 1  # column 185, row 200
    assert effusion[200, 175] == 0  # the transposed place is outside the mask
    assert np.array_equal(np.asarray(volume.dataobj)[:, :, 0].transpose(2, 1, 0), case.pathology)


def test_the_scale_stands_wherever_files_can_hold_it(tmp_path: Path, make_case: MakeCase) -> None:
    cases = [make_case("a-0", spacing=1.5), make_case("a-1", spacing=1.5)]
    folder = write_run(tmp_path / "run", cases, RECORD)
    assert [line["spacing"] for line in _manifest(folder)] == [1.5, 1.5]
    assert json.loads((folder / "dataset.json").read_text())["spacing"] == 1.5
    assert nib.load(folder / "anatomy" / "a-0.nii.gz").header.get_zooms()[:2] == (1.5, 1.5)
    mixed = write_run(tmp_path / "mixed", [cases[0], make_case("a-2")], RECORD)
    assert json.loads((mixed / "dataset.json").read_text())["spacing"] is None


def test_image_is_rounded_not_cut() -> None:
    image = np.array([[[0.0, 0.6 / 255, 1.0, 1.2, -0.1]]], dtype=np.float32)
    assert quantize(image).tolist() == [[0, 1, 255, 255, 0]]


def test_rejected_case_stays_in_the_manifest_only(tmp_path: Path, make_case: MakeCase) -> None:
    cases = [make_case("a-0"), make_case("a-1", accepted=False, reasons=("effusion not seen",), image=None)]
    folder = write_run(tmp_path / "run", cases, RECORD)
    assert [line["accepted"] for line in _manifest(folder)] == [True, False]
    assert _manifest(folder)[1]["reasons"] == ["effusion not seen"]
    assert _manifest(folder)[1]["files"] == {}
    assert not [name for name in _tree(folder) if "a-1" in name]
    assert json.loads((folder / "run.json").read_text())["acceptance_rate"] == 0.5


def test_what_was_not_judged_stands_in_manifest_dataset_and_picture(tmp_path: Path, make_case: MakeCase) -> None:
    why = {"effusion": "the filter's power to see it is too low on generated radiographs"}
    cases = [make_case("a-0", not_judged=why), make_case("a-1")]
    folder = write_run(tmp_path / "run", cases, RECORD)
    first, second = _manifest(folder)
    assert (first["not_judged"], first["why_not_judged"]) == (["effusion"], why)
    assert (second["not_judged"], second["why_not_judged"]) == ([], {})
    dataset = json.loads((folder / "dataset.json").read_text())
    assert dataset["not_judged"] == {"effusion": {"cases": 1, "accepted": 1, "why": why["effusion"]}}
    with Image.open(folder / "images" / "a-0.png") as picture:
        assert json.loads(picture.text["aurad"])["not_judged"] == ["effusion"]
    plain = write_run(tmp_path / "plain", [make_case("a-0"), make_case("a-1")], RECORD)
    assert (folder / "overview.png").read_bytes() != (plain / "overview.png").read_bytes()
    assert read_run(folder).cases[0].not_judged == why


def test_accept_all_writes_rejects_and_still_says_rejected(tmp_path: Path, make_case: MakeCase) -> None:
    cases = [make_case("a-0", accepted=False, reasons=("flat",)), make_case("a-1", accepted=False, image=None)]
    folder = write_run(tmp_path / "run", cases, RECORD, accept_all=True)
    assert [line["accepted"] for line in _manifest(folder)] == [False, False]
    assert (folder / "images" / "a-0.png").is_file()
    assert set(_manifest(folder)[1]["files"]) == {"anatomy", "pathology"}


def test_dataset_and_run_say_what_they_must(tmp_path: Path, make_case: MakeCase) -> None:
    folder = write_run(tmp_path / "run", [make_case("a-0")], RECORD)
    dataset = json.loads((folder / "dataset.json").read_text())
    assert dataset["pathology_channels"] == list(vocabulary.FINDING_NAMES)
    assert dataset["anatomy_channels"] == list(vocabulary.ANATOMY_NAMES)
    assert dataset["synthetic"] is True
    assert dataset["spacing"] is None
    run = json.loads((folder / "run.json").read_text())
    assert run["seconds"] == {"mask": 1.235}
    assert (run["attempts"], run["accepted"], run["seed"]) == (1, 1, 7)


def test_same_cases_give_the_same_bytes(tmp_path: Path, make_case: MakeCase, monkeypatch: pytest.MonkeyPatch) -> None:
    first = write_run(tmp_path / "one", [make_case("a-0")], RECORD)
    monkeypatch.setattr("time.time", lambda: 2e9)  # what gzip would write into its header
    second = write_run(tmp_path / "two", [make_case("a-0")], RECORD)
    assert _tree(first) == _tree(second)
    for name in _tree(first):
        assert (first / name).read_bytes() == (second / name).read_bytes(), name


@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt(), RuntimeError("bug")])
def test_a_failure_half_way_leaves_nothing(
    tmp_path: Path, make_case: MakeCase, monkeypatch: pytest.MonkeyPatch, failure: BaseException
) -> None:
    def fail(*args: object) -> None:
        raise failure

    monkeypatch.setattr(run_folder, "draw_overview", fail)  # images, masks and manifest are written by then
    expected = InputError if isinstance(failure, OSError) else type(failure)
    with pytest.raises(expected):
        write_run(tmp_path / "run", [make_case("a-0")], RECORD)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("names", [["a", "a"], ["../a"], ["a/b"], [""]])
def test_ids_that_cannot_be_files_are_a_fault(tmp_path: Path, make_case: MakeCase, names: list[str]) -> None:
    with pytest.raises(ValueError, match="id"):
        write_run(tmp_path / "run", [make_case(name) for name in names], RECORD)
    assert os.listdir(tmp_path) == []


def test_no_case_at_all_is_still_a_run(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", [], RECORD)
    assert _manifest(folder) == []
    assert json.loads((folder / "run.json").read_text())["acceptance_rate"] == 0.0
    with Image.open(folder / "overview.png") as picture:
        assert picture.mode == "RGB"
