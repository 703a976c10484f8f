# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Files appear whole or not at all; lists of hashes are those of coreutils."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from aurad_monai.errors import InputError
from aurad_monai.files import read_sums, sha256, whole_file, write_json, write_sums, write_text


def test_a_file_takes_its_place_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "new" / "values.npz"
    with whole_file(path) as partial:
        np.savez(partial, a=1)
        assert not path.exists()
    assert [file.name for file in path.parent.iterdir()] == ["values.npz"]


@pytest.mark.parametrize("work", [None, "work"])
def test_a_failure_leaves_the_earlier_file_and_nothing_else(tmp_path: Path, work: str | None) -> None:
    path, folder = tmp_path / "kept.txt", tmp_path / work if work else None
    if folder:
        folder.mkdir()
    write_text(path, "before", folder)
    with pytest.raises(KeyboardInterrupt), whole_file(path, folder) as partial:
        partial.write_text("half")
        assert partial.parent == (folder or tmp_path) and partial.name.endswith("kept.txt")
        raise KeyboardInterrupt
    assert path.read_text() == "before"
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == [path]


def test_sums_are_those_of_coreutils(tmp_path: Path) -> None:
    write_json(tmp_path / "a b.json", {"x": [1]})
    assert (tmp_path / "a b.json").read_text() == '{"x": [1]}\n'
    write_sums(tmp_path, {"a b.json": sha256(tmp_path / "a b.json")})
    subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=tmp_path, check=True)
    assert read_sums(tmp_path) == {"a b.json": sha256(tmp_path / "a b.json")}


@pytest.mark.parametrize("line", ["", "0" * 63 + "  a.pt", "0" * 64 + " a.pt", "G" * 64 + "  a.pt"])
def test_a_list_that_is_none_is_refused(tmp_path: Path, line: str) -> None:
    if line:
        (tmp_path / "SHA256SUMS").write_text(f"{line}\n")
    with pytest.raises(InputError, match="SHA256SUMS"):
        read_sums(tmp_path)
