# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A zip is unpacked whole and inside its folder, or not at all (zip slip: GHSA-x6ww-pf9m-m73m, GHSA-9rg3-9pvr-6p27)."""

from __future__ import annotations

import io
import json
import stat
import struct
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aurad_monai.errors import InputError
from aurad_monai.bundles.packaging.unpack import archive_problems, unpack_bundle
from tests.bundles.safety.conftest import CONFIG, METADATA

Change = Callable[[zipfile.ZipFile], None]


def harmless(archive: zipfile.ZipFile) -> None:
    """A bundle without weights."""
    archive.writestr("guest/configs/inference.json", json.dumps(CONFIG))
    archive.writestr("guest/configs/metadata.json", json.dumps(METADATA))
    archive.writestr("guest/models/SHA256SUMS", "")


def write(path: Path, change: Change = lambda archive: None) -> Path:
    """A zip of the harmless bundle with something added."""
    with zipfile.ZipFile(path, "w") as archive:
        harmless(archive)
        change(archive)
    return path


def entry(
    name: str, mode: int = stat.S_IFREG | 0o644, data: bytes = b"x", compress: int = zipfile.ZIP_STORED
) -> Change:
    """Add an entry of any name and kind."""

    def add(archive: zipfile.ZipFile) -> None:
        info = zipfile.ZipInfo("x")
        info.filename = info.orig_filename = name
        info.create_system, info.external_attr, info.compress_type = 3, mode << 16, compress
        archive.writestr(info, data)

    return add


NAMES = (
    "../evil",
    "guest/../../evil",
    "guest/..",
    "guest/../evil",
    "guest/a/../../../evil",
    "/evil",
    "//evil",
    "/etc/passwd",
    "guest//evil",
    "guest/./evil",
    "./guest/evil",
    "\\evil",
    "..\\evil",
    "guest\\..\\..\\evil",
    "C:/evil",
    "C:evil",
    "guest/evil:stream",
    "guest/CON",
    "guest/nul.txt",
    "guest/com1",
    "guest/evil.",
    "guest/evil ",
    "guest/e\x1bvil",
    "guest/e\nvil",
    "guest/e\u202evil",
    "guest/" + "a" * 300,
    "evil",
    "other/evil",
    "GUEST/configs/other.json",
    "guest/CONFIGS/INFERENCE.JSON",
    "guest/configs/inference.json",
    "guest/conf\uff49gs/inference.json",
    "guest/configs",
    "guest/configs/inference.json/x",
)
KINDS = {
    "link": entry("guest/link", stat.S_IFLNK | 0o777, b"/etc/passwd"),
    "link to a folder": entry("guest/models/link", stat.S_IFLNK | 0o777, b"../../.."),
    "device": entry("guest/device", stat.S_IFBLK | 0o666),
    "pipe": entry("guest/pipe", stat.S_IFIFO | 0o666),
    "socket": entry("guest/socket", stat.S_IFSOCK | 0o666),
    "bomb": entry("guest/docs/bomb", data=b"\0" * 2**25, compress=zipfile.ZIP_DEFLATED),
    "unusual compression": entry("guest/docs/x", data=b"x" * 99, compress=zipfile.ZIP_BZIP2),
    "other unusual compression": entry("guest/docs/x", data=b"x" * 99, compress=zipfile.ZIP_LZMA),
    "code": entry("guest/scripts/__init__.py"),
    "pickle": entry("guest/models/x.pkl"),
    "a config that runs": entry("guest/configs/x.json", data=b'{"x": "$open(1)"}'),
}


def refused(path: Path, into: Path) -> str:
    """The one line it is refused with; nothing is left in or beside the folder."""
    before = sorted(into.parent.rglob("*"))
    with pytest.raises(InputError) as raised:
        unpack_bundle(path, into)
    assert "\n" not in str(raised.value)
    assert [item for item in sorted(into.parent.rglob("*")) if item != into] == before
    return str(raised.value)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_names(name: str, tmp_path: Path) -> None:
    refused(write(tmp_path / "guest.zip", entry(name)), tmp_path / "bundles")


@pytest.mark.parametrize("change", KINDS.values(), ids=KINDS)
def test_kinds(change: Change, tmp_path: Path) -> None:
    refused(write(tmp_path / "guest.zip", change), tmp_path / "bundles")


def test_too_many_entries(tmp_path: Path) -> None:
    def many(archive: zipfile.ZipFile) -> None:
        for index in range(1001):
            archive.writestr(f"guest/docs/{index}", "")

    refused(write(tmp_path / "guest.zip", many), tmp_path / "bundles")


def test_an_entry_larger_than_it_says(tmp_path: Path) -> None:
    path = write(tmp_path / "guest.zip", entry("guest/docs/a", data=b"a" * 5000))
    raw = path.read_bytes().replace(struct.pack("<LL", 5000, 5000), struct.pack("<LL", 5000, 50))
    path.write_bytes(raw)
    refused(path, tmp_path / "bundles")


def test_entries_that_share_their_data(tmp_path: Path) -> None:
    infos = [zipfile.ZipInfo(f"guest/{index}") for index in range(900)]
    for info in infos:
        info.file_size = 2**20
    assert any("bytes unpacked" in why for why in archive_problems(infos, packed=2**21))


def test_weights_that_are_not_those_of_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "guest.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("guest/configs/inference.json", json.dumps(CONFIG))
        archive.writestr("guest/configs/metadata.json", json.dumps(METADATA))
        archive.writestr("guest/models/SHA256SUMS", "0" * 64 + "  model.pt\n")
        archive.writestr("guest/models/model.pt", "changed")
    refused(path, tmp_path / "bundles")


@pytest.mark.parametrize("name", ["models/x.pt", "models/x", "docs/x.safetensors", "runs/diffusion/checkpoint.pt"])
def test_weights_that_the_lock_does_not_list(name: str, tmp_path: Path) -> None:
    path = write(tmp_path / "guest.zip", entry(f"guest/{name}"))
    assert "a weight file without a hash" in refused(path, tmp_path / "bundles")


@pytest.mark.parametrize("damage", [b"", b"PK\x05\x06" + b"\0" * 18, b"no zip", b"PK\x03\x04" * 100])
def test_damaged_archives(damage: bytes, tmp_path: Path) -> None:
    (tmp_path / "guest.zip").write_bytes(damage)
    refused(tmp_path / "guest.zip", tmp_path / "bundles")


def test_no_archive_and_an_encrypted_one(tmp_path: Path) -> None:
    refused(tmp_path / "missing.zip", tmp_path / "bundles")
    path = write(tmp_path / "guest.zip")
    raw = bytearray(path.read_bytes())
    place = raw.rindex(b"PK\x01\x02") + 8  # flags of an entry in the directory
    raw[place] |= 1
    path.write_bytes(raw)
    refused(path, tmp_path / "bundles")


def test_a_harmless_archive_is_unpacked_once(tmp_path: Path) -> None:
    path = write(tmp_path / "guest.zip")
    root = unpack_bundle(path, tmp_path / "bundles")
    assert root == tmp_path / "bundles" / "guest"
    assert json.loads((root / "configs/inference.json").read_text()) == CONFIG
    with pytest.raises(InputError, match="a new folder"):
        unpack_bundle(path, tmp_path / "bundles")
    assert [item.name for item in (tmp_path / "bundles").iterdir()] == ["guest"]


@given(st.data())
def test_any_damage_is_refused_or_harmless(tmp_path: Path, data: st.DataObject) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        harmless(archive)
    raw = bytearray(stream.getvalue())
    for _ in range(data.draw(st.integers(1, 8))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    folder = Path(tempfile.mkdtemp(dir=tmp_path))
    (folder / "guest.zip").write_bytes(raw)
    try:
        unpack_bundle(folder / "guest.zip", folder / "bundles")
    except InputError:
        assert not list((folder / "bundles").glob("*"))
    assert {item.name for item in folder.iterdir()} <= {"guest.zip", "bundles"}
