# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""What all formats share: only accepted cases, whole folders, and refusals before anything is written."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aurad_monai.case import Case
from aurad_monai.cli import main as cli
from aurad_monai.errors import InputError
from aurad_monai.export.formats.format import FORMATS, ExportRun, open_export, open_format
from aurad_monai.export.formats.place import MARK, check_place, write_whole
from aurad_monai.export.run_folder import RunRecord, write_run


def test_only_accepted_cases_leave(run: ExportRun, cases: dict[str, Case]) -> None:
    accepted = [line["id"] for line in run.opened.lines() if line["accepted"]]
    assert list(cases) == accepted and len(accepted) == 8
    assert len(list(run.opened.lines())) > 8


def test_a_case_stays_on_its_side_of_the_split(run: ExportRun, cases: dict[str, Case]) -> None:
    inside = {name for name in cases if run.is_validation(name)}
    assert 0 < len(inside) < len(cases)
    assert not any(ExportRun(run.opened, 0.0).is_validation(name) for name in cases)
    assert all(ExportRun(run.opened, 1.0).is_validation(name) for name in cases)


def test_a_run_of_generate_leaves_too(tmp_path: Path, make_case: Callable[..., Any]) -> None:
    record = RunRecord(command="aurad generate x", prompt="x", seed=7, num=2)
    folder = write_run(tmp_path / "run", [make_case("a-0"), make_case("a-1", accepted=False)], record)
    assert [case.id for case in open_export(folder).cases()] == ["a-0"]


def test_every_format_of_the_help_exists() -> None:
    assert all(callable(open_format(name)) for name in FORMATS if name not in ("huggingface", "croissant"))
    assert all(name in (cli._verb("export").__doc__ or "") for name in FORMATS)


def test_a_format_whose_package_is_missing_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pycocotools", None)
    monkeypatch.delitem(sys.modules, "aurad_monai.export.formats.coco", raising=False)
    with pytest.raises(InputError, match=r"aurad-monai\[formats\]"):
        open_format("coco")
    with pytest.raises(InputError, match="webdataset"):
        open_format("jpeg")


def test_an_unfinished_or_empty_dataset_is_refused(tmp_path: Path, make_case: Callable[..., Any]) -> None:
    record = RunRecord(command="aurad generate x", prompt="x", seed=7, num=1)
    folder = write_run(tmp_path / "run", [make_case("a-1", accepted=False)], record)
    with pytest.raises(InputError, match="at least one accepted"):
        open_export(folder)
    (folder / ".work").mkdir()
    with pytest.raises(InputError, match="finished"):
        open_export(folder)


def test_an_export_is_whole_or_absent(run: ExportRun, tmp_path: Path) -> None:
    def fail(run: ExportRun, folder: Path) -> None:
        (folder / "half").write_text("written")
        raise OSError(28, "No space left on device")

    with pytest.raises(InputError, match="No space left"):
        write_whole(fail, run, tmp_path / "coco")
    assert os.listdir(tmp_path) == []


def test_the_command_line_writes_and_replaces_only_exports(dataset: Path, tmp_path: Path) -> None:
    words = ["export", str(dataset), "--format", "nih,monai", "--output", str(tmp_path / "out")]
    assert cli.main(words) == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"nih", "monai"}
    assert cli.main(words) == 2
    assert cli.main([*words, "--overwrite"]) == 0
    (tmp_path / "out" / "nih" / MARK).unlink()
    assert cli.main([*words, "--overwrite"]) == 2
    assert cli.main([*words[:3], "jpeg"]) == 2
    with pytest.raises(InputError):
        check_place(tmp_path / "out" / "nih", overwrite=False)
