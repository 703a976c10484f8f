# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A run's place: refused early, filled whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from aurad_monai.errors import InputError
from aurad_monai.io.output_folder import RUN_MARKS, check_output, whole_or_nothing


def _earlier_run(path: Path) -> Path:
    path.mkdir()
    for name in RUN_MARKS:
        (path / name).write_text("{}")
    return path


def test_new_and_empty_folders_are_fine_and_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert check_output(tmp_path / "new") == tmp_path / "new"
    assert check_output(tmp_path / "empty") == tmp_path / "empty"
    assert sorted(os.listdir(tmp_path)) == ["empty"]


def test_missing_parents_are_made_with_the_run_and_removed_with_a_failed_one(tmp_path: Path) -> None:
    run = check_output(tmp_path / "new" / "inner" / "run")
    assert not (tmp_path / "new").exists()  # checking makes nothing
    with pytest.raises(RuntimeError), whole_or_nothing(run):
        raise RuntimeError
    assert os.listdir(tmp_path) == []
    with whole_or_nothing(run) as folder:
        (folder / "new").write_text("written")
    assert os.listdir(run) == ["new"]


def test_a_file_above_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(InputError):
        check_output(tmp_path / "file" / "run")


def test_a_file_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("mine")
    with pytest.raises(InputError, match="in the way"):
        check_output(tmp_path / "run", overwrite=True)


def test_an_earlier_run_needs_overwrite(tmp_path: Path) -> None:
    run = _earlier_run(tmp_path / "run")
    with pytest.raises(InputError, match="--overwrite"):
        check_output(run)
    assert check_output(run, overwrite=True) == run


def test_other_content_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "run.json").write_text("mine")
    with pytest.raises(InputError, match="an earlier run"):
        check_output(tmp_path / "thesis", overwrite=True)


@pytest.mark.parametrize("output", ["", "/", "a\0b", "x" * 300])
def test_impossible_names_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, output: str) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError):
        check_output(output, overwrite=True)


def test_current_folder_and_those_above_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "inner").mkdir()
    monkeypatch.chdir(tmp_path / "inner")
    for output in (".", "..", tmp_path):
        with pytest.raises(InputError, match="current"):
            check_output(output, overwrite=True)


def test_no_write_permission_is_found_before_anything_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write anywhere, so modes cannot be used
    with pytest.raises(InputError, match="no write permission"):
        check_output(tmp_path / "run")


def test_a_read_only_file_system_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, *args: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(InputError, match="Read-only file system"):
        check_output(tmp_path / "run")


@pytest.mark.parametrize("failure", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_a_failure_leaves_the_earlier_run_and_nothing_else(tmp_path: Path, failure: type[BaseException]) -> None:
    run = _earlier_run(tmp_path / "run")
    with pytest.raises(failure), whole_or_nothing(run) as folder:
        (folder / "half").write_text("written")
        raise failure
    assert os.listdir(tmp_path) == ["run"]
    assert sorted(os.listdir(run)) == sorted(RUN_MARKS)


def test_success_replaces_the_earlier_run(tmp_path: Path) -> None:
    run = _earlier_run(tmp_path / "run")
    with whole_or_nothing(run) as folder:
        assert folder.name.startswith(".run.partial-")
        (folder / "new").write_text("written")
    assert os.listdir(tmp_path) == ["run"]
    assert os.listdir(run) == ["new"]
