# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Files appear whole or not at all; lists of hashes are those of coreutils."""

from __future__ import annotations

import ast
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

from aurad_monai.errors import InputError
from aurad_monai.files import (
    MAX_TEXT,
    read_json,
    read_sums,
    read_text,
    sha256,
    whole_file,
    write_json,
    write_sums,
    write_text,
)


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


OWN_FILES = {
    "bundles/packaging/archive.py": "a bundle that was judged",
    "bundles/packaging/hugging_face.py": "the same",
    "bundles/safety/allowed.py": "a table of the package",
    "bundles/safety/origin.py": "a table of the package",
    "bundles/zoo/bundle_folder.py": "the card, which the bundle's inventory has seen",
    "data/tables.py": "a table of the package",
    "diffusion/augmented_latents.py": "what this process wrote",
    "export/checks.py": "a file that the user signs",
    "export/credentials.py": "a file that the user signs, and his keys",
    "export/formats/huggingface.py": "pictures of a run that was read",
    "export/formats/webdataset.py": "the same",
    "plugins.py": "modules of the package",
    "training/handlers.py": "what this process wrote",
    "training/site_bundle.py": "a bundle that was judged",
}
"""Files that read without a bound, with what they read."""


def test_nothing_that_comes_from_outside_is_read_without_a_bound() -> None:
    """Pipes hold up and devices never end; `read_bounded`, `read_text` and `read_json` of files.py refuse them."""
    package = Path(__file__).parents[1] / "aurad_monai"
    found = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in ("read_bytes", "read_text")
    }
    assert found == OWN_FILES.keys()


@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "nested", "large", "latin"])
def test_texts_and_json_are_read_within_bounds(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "x.json"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "folder":
        path.mkdir()
    else:
        path.write_bytes({"nested": b"[" * 100_000, "large": b"1" * 2000, "latin": b"\xff"}[kind])
    with pytest.raises((ValueError, OSError)):
        read_json(path, 1000 if kind == "large" else MAX_TEXT)
    if kind != "nested":
        with pytest.raises((ValueError, OSError)):
            read_text(path, 1000)
