# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Where a run goes: refused before anything is sampled if it cannot be used, and filled whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from aurad_monai.errors import InputError

RUN_MARKS = ("manifest.jsonl", "run.json")
"""Files that every run folder holds, and by which one is recognized before it is replaced."""


def check_output(output: str | Path, overwrite: bool = False, marks: Collection[str] = RUN_MARKS) -> Path:
    """Make sure a run can be written, without leaving anything behind.

    Args:
        output: the folder to be; folders above it that are missing will be made with it.
        overwrite: whether an earlier run there may be replaced. Folders with other content never are.
        marks: files by which an earlier run is recognized.

    Returns:
        The absolute path.

    Raises:
        InputError: the place is not writable, a file is in the way, or the folder has content.
    """
    path = _resolve(output)
    if path == Path.cwd() or path in Path.cwd().parents:
        raise InputError("output", output, "a folder other than the current one and those above it", "name a new one")
    if path.exists():
        _check_existing(path, output, overwrite, marks)
    _probe(path, output)
    return path


@contextmanager
def whole_or_nothing(path: Path) -> Iterator[Path]:
    """Give a new folder beside `path` that takes its place at the end, and disappears if anything goes wrong.

    Args:
        path: a path that `check_output` returned.

    Yields:
        The folder to write into, named `.NAME.partial-XXXXXXXX`.
    """
    partial, above = _partial(path), _missing_above(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial.mkdir()
    try:
        yield partial
        _take_place(partial, path)
    except BaseException:  # Ctrl-C too must leave nothing behind
        shutil.rmtree(partial, ignore_errors=True)
        for folder in above:
            with suppress(OSError):  # somebody else may have put something there meanwhile
                folder.rmdir()
        raise


def _resolve(output: str | Path) -> Path:
    try:
        path = Path(output).expanduser().resolve()
        path.exists()  # raises for names that no file can have
    except (OSError, RuntimeError, ValueError) as error:
        raise InputError("output", repr(str(output)), "a path of a folder") from error
    if not str(output).strip() or not path.name:
        raise InputError("output", output, "a path of a folder", "for example runs/first")
    return path


def _check_existing(path: Path, output: str | Path, overwrite: bool, marks: Collection[str]) -> None:
    if not path.is_dir():
        raise InputError("output", output, "a new folder", "a file of that name is in the way: name another")
    try:
        names = set(os.listdir(path))
    except OSError as error:
        raise InputError("output", output, "a folder that can be read", "name another folder") from error
    if not names:
        return
    if not names.issuperset(marks):
        raise InputError("output", output, "a new or empty folder, or an earlier run", "name another folder")
    if not overwrite:
        raise InputError("output", output, "a new or empty folder", "name another, or replace it with --overwrite")


def _missing_above(path: Path) -> list[Path]:
    """Folders above `path` that do not exist, nearest first."""
    return [folder for folder in path.parents if not folder.exists()]


def _probe(path: Path, output: str | Path) -> None:
    """Create and remove a folder where the first new one will be: the only sure test of permission and legal names."""
    missing = _missing_above(path)
    probe = _partial(missing[-1] if missing else path)
    try:
        if not probe.parent.is_dir():
            raise NotADirectoryError(f"{probe.parent} is not a folder")
        if not os.access(probe.parent, os.W_OK | os.X_OK):
            raise PermissionError("no write permission")
        probe.mkdir()
        probe.rmdir()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError("output", output, "a folder that can be written", f"{reason}: name another folder") from error


def _partial(path: Path) -> Path:
    return path.with_name(f".{path.name}.partial-{secrets.token_hex(4)}")


def _take_place(partial: Path, path: Path) -> None:
    if not path.exists():
        partial.rename(path)
        return
    old = path.with_name(f".{path.name}.old-{secrets.token_hex(4)}")
    path.rename(old)
    try:
        partial.rename(path)
    except BaseException:
        old.rename(path)
        raise
    shutil.rmtree(old, ignore_errors=True)
