# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Files that appear whole or not at all, and lists of their SHA-256 hashes.

Takes paths and what shall be in them; gives paths to write to, hashes, and the content of SHA256SUMS.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import secrets
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from aurad_monai.errors import InputError

MAX_BYTES = 2**30
MAX_TEXT = 2**28
SUMS = "SHA256SUMS"
SELF = "sha256"
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,198}[A-Za-z0-9_-])?")
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", flags=re.IGNORECASE)
_SUM = re.compile(r"([0-9a-f]{64}) [ *](.+)")


@contextmanager
def whole_file(path: Path, work: Path | None = None) -> Iterator[Path]:
    """A path to write to that takes the place of `path` at the end, and disappears if anything goes wrong.

    Args:
        path: the file to be; folders above it that are missing are made.
        work: where the unfinished file lies, on the same disk; None is beside `path`.

    Yields:
        A path that ends like `path`, since writers go by the ending.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = (work or path.parent) / f".{secrets.token_hex(4)}.partial.{path.name}"
    try:
        yield partial
        os.replace(partial, path)
    finally:  # Ctrl-C too must leave nothing behind
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def write_text(path: Path, text: str, work: Path | None = None) -> None:
    """Write a text file whole or not at all, and onto the disk before it gets its name."""
    with whole_file(path, work) as partial, partial.open("w", encoding="utf-8", newline="") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())


def write_json(path: Path, content: Any, indent: int | None = None) -> None:
    """Write a JSON file whole or not at all."""
    write_text(path, json.dumps(content, indent=indent) + "\n")


@contextmanager
def locked(file: Path, folder: Path) -> Iterator[None]:
    """Hold a folder for one process; the lock of a killed one is free at once.

    Args:
        file: the lock, which stays.
        folder: named by the error.

    Raises:
        InputError: another process holds it.
    """
    with file.open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            allowed = "a folder that no other run is writing"
            raise InputError("output", folder, allowed, "wait for the other run") from error
        yield


def digest_of(content: Mapping[str, Any]) -> str:
    """SHA-256 of a JSON object without its own entry `sha256`, so that it can carry its hash."""
    plain = json.dumps({name: value for name, value in content.items() if name != SELF}, sort_keys=True)
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()


def below(folder: Path, name: object, argument: str) -> Path:
    """The path of a name from outside below a folder, on every file system the same; the only way to make one.

    Args:
        folder: what it must stay in.
        name: a relative path with `/`, of plain parts: no `..`, no drive, nothing hidden, no control characters.
        argument: what the error calls it.

    Raises:
        InputError: it is anything else, or leads out by a link.
    """
    allowed = "a relative path of plain names inside the folder"
    if not isinstance(name, str) or len(name) > 500 or not all(map(is_plain_name, name.split("/"))):
        raise InputError(argument, name, allowed)
    path = folder / name
    try:
        inside = path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError):
        inside = False
    if not inside:
        raise InputError(argument, name, allowed)
    return path


def is_plain_name(name: object) -> bool:
    """Whether a text can be the name of a file everywhere, and nothing else."""
    return isinstance(name, str) and bool(_NAME.fullmatch(name)) and not _DEVICE.fullmatch(name)


def read_bounded(path: str | Path, limit: int = MAX_BYTES) -> bytes:
    """The bytes of a regular file of at most so many.

    A pipe or a device is refused at once, where opening it would wait for a writer.

    Raises:
        ValueError: it is larger, or no regular file.
        OSError: it cannot be read.
    """
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    with os.fdopen(handle, "rb") as stream:
        found = os.fstat(stream.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise ValueError("no regular file")
        if found.st_size > limit:
            raise ValueError(f"larger than {limit / 2**20:.0f} MB")
        content = stream.read(limit + 1)
    if len(content) > limit:
        raise ValueError(f"larger than {limit / 2**20:.0f} MB")
    return content


def read_text(path: str | Path, limit: int = MAX_TEXT, encoding: str = "utf-8") -> str:
    """The text of a regular file of at most so many bytes.

    Raises:
        ValueError: it is larger, no regular file, or no text in that encoding.
        OSError: it cannot be read.
    """
    return read_bounded(path, limit).decode(encoding)


def read_json(path: str | Path, limit: int = MAX_TEXT) -> Any:
    """The content of a JSON file of at most so many bytes.

    Raises:
        ValueError: it is larger, no regular file, or no JSON, nesting without end included.
        OSError: it cannot be read.
    """
    try:
        return json.loads(read_text(path, limit))
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def read_sums(folder: Path) -> dict[str, str]:
    """File name to hash, of the SHA256SUMS of a folder, in the format of coreutils.

    Raises:
        InputError: there is none, or a line of it is no hash and name.
    """
    path = folder / SUMS
    try:
        lines = [line for line in read_bounded(path, MAX_TEXT).decode("utf-8", "replace").splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise InputError("folder", folder, f"a folder with {SUMS}", "restore it") from error
    found = [_SUM.fullmatch(line) for line in lines]
    if not all(found):
        raise InputError(str(path), lines[found.index(None)], "a sha256 and the name of a file a line", "restore it")
    return {match[2]: match[1] for match in found if match}


def write_sums(folder: Path, sums: Mapping[str, str], work: Path | None = None) -> None:
    """Write the SHA256SUMS of a folder: file name to hash."""
    write_text(folder / SUMS, "".join(f"{digest}  {name}\n" for name, digest in sums.items()), work)
