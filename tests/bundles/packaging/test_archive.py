# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A packaged bundle has the same bytes each time, comes back by MONAI's own download, and runs in a fresh process."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from aurad_monai.cli import main as cli
from aurad_monai.bundles.bundle import check_weights, enter_hash, open_bundle
from aurad_monai.errors import InputError
from aurad_monai.bundles.packaging.archive import bundle_files, name_and_version, write_zip
from aurad_monai.bundles.packaging.hugging_face import model_card
from aurad_monai.bundles.packaging.unpack import unpack_bundle
from tests.bundles import tiny
from tests.filtering.planted import good_case

ALL = sorted(path.name for path in tiny.BUNDLES.iterdir())
UNLISTED = ("models/other.pt", "models/other", "models/sub/model.pt", "docs/other.safetensors", "other.PTH")


@pytest.fixture(scope="module")
def packaged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The smallest bundle, packaged by the command."""
    output = tmp_path_factory.mktemp("packaged") / "out"
    assert cli.main(["package", tiny.EXPERTS, "--output", str(output)]) == 0
    return output


def archive_of(packaged: Path) -> Path:
    """The one zip in the folder."""
    (archive,) = packaged.glob("*.zip")
    return archive


def copy(folder: Path) -> Path:
    """The smallest bundle, to be changed."""
    return Path(shutil.copytree(tiny.BUNDLES / tiny.EXPERTS, folder / tiny.EXPERTS))


def test_name_and_layout_are_the_model_zoos(packaged: Path) -> None:
    archive = archive_of(packaged)
    assert archive.name == f"{tiny.EXPERTS}_v{name_and_version(tiny.BUNDLES / tiny.EXPERTS)[1]}.zip"
    with zipfile.ZipFile(archive) as opened:
        names = opened.namelist()
        assert opened.testzip() is None
    assert {name.split("/")[0] for name in names} == {tiny.EXPERTS}
    for name in ("LICENSE", "configs/metadata.json", "configs/inference.json", "models/model.pt", "docs/README.md"):
        assert f"{tiny.EXPERTS}/{name}" in names
    digest, named = (packaged / f"{archive.name}.sha256").read_text().split()
    assert named == archive.name and len(digest) == 64


def test_the_same_bytes_whatever_the_clock_and_the_order(packaged: Path, tmp_path: Path) -> None:
    root = copy(tmp_path)
    for index, file in enumerate(sorted(root.rglob("*"), reverse=True)):
        os.utime(file, (index * 1e6, index * 1e6))
        file.chmod(0o755)
    (root / "runs").mkdir()
    (root / "runs" / "history.jsonl").write_text("left by a training")
    (root / "runs" / "checkpoint.pt").write_bytes(b"left by a training")
    assert write_zip(root, tmp_path).read_bytes() == archive_of(packaged).read_bytes()


@pytest.mark.stress
def test_downloaded_by_monai_it_runs_in_a_fresh_process_and_directory(packaged: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(tiny.ROOT)}
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    Image.fromarray((good_case().image[0] * 255).astype("uint8")).save(pictures / "a.png")
    url = archive_of(packaged).resolve().as_uri()
    download = ["download", "--name", tiny.EXPERTS, "--bundle_dir", "bundles", "--url", url, "--progress", "False"]
    root = f"bundles/{tiny.EXPERTS}"
    run = ["run", "--config_file", f"{root}/configs/inference.json", "--bundle_root", root]
    run += ["--dataset_dir", str(pictures), "--output_dir", "out", "--device", "$torch.device('cpu')"]
    for command in (download, run):
        words = [sys.executable, "-m", "monai.bundle", *command]
        done = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
    assert (tmp_path / "out" / "a.nii.gz").is_file()
    assert open_bundle(tmp_path / root).hashes == check_weights(tiny.BUNDLES / tiny.EXPERTS)


def test_unpacked_by_our_own_command(packaged: Path, tmp_path: Path) -> None:
    assert cli.main(["unpack", str(archive_of(packaged)), "--output", str(tmp_path)]) == 0
    assert open_bundle(tmp_path / tiny.EXPERTS).metadata["version"]


def test_hugging_face_folder_is_a_bundle_with_safetensors(packaged: Path) -> None:
    root = packaged / "huggingface" / tiny.EXPERTS
    assert open_bundle(root, device="cpu").get("network")
    for name in ("model", "findings"):
        plain = torch.load(root / "models" / f"{name}.pt", weights_only=True)
        safe = load_file(root / "models" / f"{name}.safetensors")
        assert plain.keys() == safe.keys()
        assert all(torch.equal(plain[key], safe[key]) for key in plain)
    assert {"model.safetensors", "findings.safetensors"} <= check_weights(root).keys()


@pytest.mark.parametrize("bundle", ALL)
def test_model_cards(bundle: str) -> None:
    root = tiny.BUNDLES / bundle
    card = model_card(root)
    header = card.split("---")[1]
    assert "license: apache-2.0" in header and "library_name: monai" in header
    assert "For research, not for clinical use." in card
    assert "](../" not in card and "(docs/data_license.txt)" in card


@pytest.mark.parametrize("bundle", ALL)
def test_every_bundle_can_be_packaged(bundle: str) -> None:
    names = {file.relative_to(tiny.BUNDLES / bundle).as_posix() for file in bundle_files(tiny.BUNDLES / bundle)}
    assert "models/model.pt" in names and not any(name.startswith("runs") for name in names)


def test_what_must_not_be_published_is_refused(tmp_path: Path) -> None:
    root = copy(tmp_path)
    metadata = json.loads((root / "configs/metadata.json").read_text())
    (root / "configs/metadata.json").write_text(json.dumps({**metadata, "version": "9.9.9"}))
    with pytest.raises(InputError, match=r"9\.9\.9"):
        bundle_files(root)
    (root / "configs/metadata.json").write_text(json.dumps(metadata))
    (root / "models/large.pt").write_bytes(b"\0" * (25 * 2**20 + 1))
    enter_hash(root / "models/large.pt")
    with pytest.raises(InputError, match="25 MB"):
        bundle_files(root)
    (root / "models/large.pt").unlink()
    with pytest.raises(InputError, match=r"large\.pt"):
        bundle_files(root)
    (root / "configs/x.json").write_text('{"x": "$open(1)"}')
    with pytest.raises(InputError, match="only those of our own bundles"):
        bundle_files(root)


@pytest.mark.parametrize("name", UNLISTED)
def test_weights_that_the_lock_does_not_list_are_not_published(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = copy(tmp_path / "in")
    (root / name).parent.mkdir(exist_ok=True)
    (root / name).write_bytes(b"not in the lock")
    assert cli.main(["package", str(root), "--output", str(tmp_path / "out")]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert f"{name}: got 'a weight file without a hash'" in line and "SHA256SUMS" in line
    assert not (tmp_path / "out").exists()


def test_nothing_is_left_where_packaging_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = copy(tmp_path / "in")
    (root / "LICENSE").unlink()
    assert cli.main(["package", str(root), "--output", str(tmp_path / "out")]) == 2
    assert "missing: LICENSE" in capsys.readouterr().err
    assert [item.name for item in tmp_path.iterdir()] == ["in"]


def test_lint_says_what_it_finds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = copy(tmp_path)
    assert cli.main(["lint", str(root)]) == 0
    (root / "configs/x.json").write_text('{"x": {"_target_": "my_package.Network"}}')
    assert cli.main(["lint", str(root)]) == 1
    assert "configs/x.json x#_target_" in capsys.readouterr().out
    assert cli.main(["lint", str(root), "--trust", "my_package"]) == 0
    assert cli.main(["lint", str(tmp_path)]) == 2


def test_a_changed_zip_does_not_unpack(packaged: Path, tmp_path: Path) -> None:
    raw = bytearray(archive_of(packaged).read_bytes())
    raw[len(raw) // 2] ^= 1
    (tmp_path / "changed.zip").write_bytes(raw)
    with pytest.raises(InputError):
        unpack_bundle(tmp_path / "changed.zip", tmp_path / "bundles")
