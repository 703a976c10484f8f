# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Unpacks the zip of a bundle safely: entries are checked before a byte is written, then the bundle is linted.

Takes a zip and a folder; gives the path of the bundle, which appears whole or not at all.
"""

from __future__ import annotations

import os
import re
import stat
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from aurad_monai.bundles.safety.lint import check_bundle
from aurad_monai.bundles.bundle import check_weights
from aurad_monai.errors import InputError

MAX_ENTRIES = 1000
MAX_BYTES = 2**31
MAX_RATIO = 200
"""Unpacked over packed size of the whole archive; text compresses by 10, weights hardly."""

WINDOWS_NAMES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", flags=re.IGNORECASE)
BLOCK = 1 << 20
DAMAGE = (zipfile.BadZipFile, zlib.error, NotImplementedError, OSError, EOFError, RuntimeError, ValueError)
"""What zipfile raises on broken archives."""


def unpack_bundle(path: str | Path, folder: str | Path) -> Path:
    """Unpack a bundle into a folder of its own name: linted, with its weights checked, whole or not at all.

    Args:
        path: a zip with one folder, as `aurad package` or the Model Zoo makes it.
        folder: where the bundle's folder goes.

    Raises:
        InputError: the archive is damaged, could write elsewhere or fill the disk, or its bundle is refused.
    """
    archive, into = Path(path), Path(folder)
    try:
        with zipfile.ZipFile(archive) as opened:
            if why := next(archive_problems(opened.infolist(), archive.stat().st_size), None):
                raise InputError("archive", path, f"a zip of a bundle ({why})")
            name = PurePosixPath(opened.infolist()[0].filename).parts[0]
            if (into / name).exists():
                raise InputError("output", into / name, "a new folder", "remove the old bundle first")
            into.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=f".{name}.", dir=into) as scratch:
                _write(opened, Path(scratch))
                root = Path(scratch) / name
                check_bundle(root)
                check_weights(root, left_by_training="")
                os.replace(root, into / name)
    except InputError:
        raise
    except DAMAGE as error:
        raise InputError("archive", path, f"a complete zip of a bundle ({str(error)[:80]})") from error
    return into / name


def archive_problems(entries: list[zipfile.ZipInfo], packed: int) -> Iterator[str]:
    """Why an archive must not be unpacked; nothing where it may.

    Args:
        entries: as its directory lists them.
        packed: bytes of the archive; entries that share their data cannot hide from it.
    """
    if not entries or len(entries) > MAX_ENTRIES:
        yield f"1 to {MAX_ENTRIES} entries"
    total = sum(entry.file_size for entry in entries)
    if total > MAX_BYTES or total > MAX_RATIO * max(packed, 1):
        yield f"{total} bytes unpacked"
    for entry in entries:
        if why := _entry_problem(entry):
            yield f"entry {entry.filename!r:.60}: {why}"
    yield from _collisions(entries)


def _entry_problem(entry: zipfile.ZipInfo) -> str | None:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "no plain file"
    if entry.flag_bits & 0x1:
        return "encrypted"
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "unusual compression"
    return _name_problem(getattr(entry, "orig_filename", entry.filename))


def _name_problem(name: str) -> str | None:
    """A name is relative, stays below, and means the same on every file system."""
    if not name or len(name) > 240 or "\\" in name or any(unicodedata.category(c)[0] == "C" for c in name):
        return "an unusual name"
    parts = name.rstrip("/").split("/")
    if name.startswith("/") or ":" in name or any(part in ("", ".", "..") for part in parts):
        return "a path that leaves the folder"
    if any(part != part.rstrip(". ") or WINDOWS_NAMES.fullmatch(part) for part in parts):
        return "a name that other systems read differently"
    return None


def _collisions(entries: list[zipfile.ZipInfo]) -> Iterator[str]:
    """One folder at the top; no two names that a file system could take for one; no file that is a folder as well."""
    names = [unicodedata.normalize("NFKC", entry.filename.rstrip("/")).casefold() for entry in entries]
    if len(set(names)) < len(names):
        yield "two entries of one name"
    files = {name for name, entry in zip(names, entries, strict=True) if not entry.is_dir()}
    if any(str(above) in files for name in names for above in PurePosixPath(name).parents):
        yield "a file that is a folder as well"
    tops = {entry.filename.split("/")[0] for entry in entries}
    if len(tops) > 1 or any("/" not in entry.filename for entry in entries):
        yield "not one folder at the top"


def _write(opened: zipfile.ZipFile, folder: Path) -> None:
    """Write checked entries; more bytes than the directory promised end it."""
    for entry in opened.infolist():
        target = folder / entry.filename
        if entry.is_dir():
            target.mkdir(parents=True, exist_ok=True)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        left = entry.file_size
        with opened.open(entry) as source, target.open("xb") as sink:
            while block := source.read(BLOCK):
                left -= len(block)
                if left < 0:
                    raise ValueError("an entry larger than it says")
                sink.write(block)
