# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A run folder read back is the run that was written, and a damaged one is refused."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aurad_monai.errors import InputError
from aurad_monai.export.run_folder import RunRecord, write_run
from aurad_monai.io.read_run import read_run

RECORD = RunRecord(command="aurad generate x", prompt="small left pleural effusion", seed=7, num=2)
MakeCase = Callable[..., Any]


def test_round_trip(tmp_path: Path, make_case: MakeCase) -> None:
    cases = [
        make_case("a-0", scores={"x": 0.25, "y": float("nan")}),
        make_case("a-1", accepted=False, reasons=("flat",)),
    ]
    stored = read_run(write_run(tmp_path / "run", cases, RECORD))
    first, second = stored.cases
    assert (first.id, first.seed, first.prompt, first.findings) == ("a-0", 7, cases[0].prompt, cases[0].findings)
    assert np.abs(first.image - cases[0].image).max() <= 0.5 / 255 + 1e-6
    assert np.array_equal(first.anatomy, cases[0].anatomy)
    assert np.array_equal(first.pathology, cases[0].pathology)
    assert first.scores["x"] == 0.25
    assert math.isnan(first.scores["y"])
    assert (second.accepted, second.reasons, second.image, second.pathology) == (False, ("flat",), None, None)
    assert stored.run["attempts"] == 2


def test_a_changed_file_is_found(tmp_path: Path, make_case: MakeCase) -> None:
    run = write_run(tmp_path / "run", [make_case("a-0")], RECORD)
    image = run / "images" / "a-0.png"
    image.write_bytes(image.read_bytes() + b"x")
    with pytest.raises(InputError, match="sha256"):
        read_run(run)


def test_a_missing_file_is_found(tmp_path: Path, make_case: MakeCase) -> None:
    run = write_run(tmp_path / "run", [make_case("a-0")], RECORD)
    (run / "pathology" / "a-0.nii.gz").unlink()
    with pytest.raises(InputError, match="a-0.nii.gz"):
        read_run(run)


def test_paths_out_of_the_folder_are_refused(tmp_path: Path, make_case: MakeCase) -> None:
    run = write_run(tmp_path / "run", [make_case("a-0")], RECORD)
    line = json.loads((run / "manifest.jsonl").read_text())
    line["files"]["image"] = "../secret.png"
    (run / "manifest.jsonl").write_text(json.dumps(line))
    with pytest.raises(InputError, match="inside the folder"):
        read_run(run)


@pytest.mark.parametrize("content", ["not json", "[]", "{}", '{"id": 1}', "null"])
def test_a_broken_manifest_is_refused(tmp_path: Path, make_case: MakeCase, content: str) -> None:
    run = write_run(tmp_path / "run", [make_case("a-0")], RECORD)
    (run / "manifest.jsonl").write_text(content)
    with pytest.raises(InputError):
        read_run(run)


@pytest.mark.parametrize("name", ["dataset.json", "run.json"])
def test_broken_descriptions_are_refused(tmp_path: Path, make_case: MakeCase, name: str) -> None:
    run = write_run(tmp_path / "run", [make_case("a-0")], RECORD)
    (run / name).write_text("[1, 2")
    with pytest.raises(InputError, match=name):
        read_run(run)


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="run folder"):
        read_run(tmp_path)
