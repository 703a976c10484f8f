# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The folder of a dataset under construction: its plan, finished shards, and a work folder for all that is unfinished.

In: the path and what the dataset is. Out: a locked `DatasetFolder`, and the shards that are missing.

DIR/plan.json           what is wanted and by what it is made; written first
DIR/shards/000007/      images, anatomy, pathology, manifest.jsonl and its hash: there whole or not at all
DIR/.work/              unfinished shards; gone when the dataset is finished
DIR/manifest.jsonl ...  written last
"""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aurad_monai.errors import InputError
from aurad_monai.files import MAX_BYTES, SUMS, read_json, read_sums, read_text, sha256, write_text
from aurad_monai.files import locked as locked_file
from aurad_monai.generation.plan import Plan, Shard
from aurad_monai.io.output_folder import check_output

PLAN, MANIFEST, RUN = "plan.json", "manifest.jsonl", "run.json"
STOP, LOCK = "stop", "lock"


@dataclass(frozen=True)
class DatasetFolder:
    """A dataset on disk, finished or not.

    Args:
        root: absolute path.
    """

    root: Path

    @property
    def shards(self) -> Path:
        """Folder of finished shards."""
        return self.root / "shards"

    @property
    def work(self) -> Path:
        """Folder of everything unfinished."""
        return self.root / ".work"

    def shard(self, shard: Shard) -> Path:
        """Where a finished shard lies."""
        return self.shards / shard.name

    def has(self, shard: Shard) -> bool:
        """Whether a shard is finished."""
        return self.shard(shard).is_dir()

    @contextmanager
    def unfinished(self, shard: Shard) -> Iterator[Path]:
        """Give a folder to fill that becomes the shard at the end, or goes away; twice the same shard does no harm."""
        partial = self.work / f"{shard.name}-{secrets.token_hex(4)}"
        partial.mkdir()
        try:
            yield partial
            try:
                partial.rename(self.shard(shard))
            except OSError:
                if not self.has(shard):  # else another worker was faster, with the same cases
                    raise
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    def write(self, name: str, text: str) -> None:
        """Write a file of the dataset, whole or not at all, and onto the disk before it gets its name."""
        write_text(self.root / name, text, self.work)

    def write_json(self, name: str, content: Mapping[str, Any]) -> None:
        """Write a JSON object for people to read."""
        self.write(name, json.dumps(content, indent=1, allow_nan=False) + "\n")

    def request_stop(self) -> None:
        """Ask all workers, on whatever machine, to leave after their batch."""
        with suppress(OSError):
            (self.work / STOP).touch()

    def stop_requested(self) -> bool:
        """Whether somebody asked, or the work folder is gone altogether."""
        return (self.work / STOP).exists() or not self.work.is_dir()


@contextmanager
def open_folder(
    output: str | Path, identity: Mapping[str, Any], resume: bool, overwrite: bool
) -> Iterator[DatasetFolder]:
    """Make a new dataset folder, or open the one that an interrupted run left, and hold it for one leader.

    Nothing is written or removed before the lock is held; the lock of a killed process is free at once.

    Args:
        output: the folder.
        identity: content of plan.json: the plan and what makes its cases.
        resume: continue what is there, if it has the same identity.
        overwrite: replace what is there, if it is a run or a dataset of ours.

    Raises:
        InputError: the place cannot be used, what is there is something else, or another process holds it.
    """
    folder = DatasetFolder(Path(output).expanduser().resolve())
    begun = (folder.root / PLAN).is_file()
    if not begun and not _is_unbegun(folder):
        check_output(output, overwrite)
    _look(folder, output, identity, resume, overwrite)
    folder.work.mkdir(parents=True, exist_ok=True)
    with locked_file(folder.work / LOCK, folder.root):
        _look(folder, output, identity, resume, overwrite)  # another run may have begun, or ended, meanwhile
        if not ((folder.root / PLAN).is_file() and resume):
            _empty(folder)
            folder.shards.mkdir(exist_ok=True)
            folder.write_json(PLAN, identity)
        folder.shards.mkdir(exist_ok=True)
        yield folder


def _look(
    folder: DatasetFolder, output: str | Path, identity: Mapping[str, Any], resume: bool, overwrite: bool
) -> None:
    """Raise InputError where a dataset was begun that may neither be continued nor replaced."""
    if not (folder.root / PLAN).is_file():
        return
    if resume:
        _check_identity(folder, identity)
    elif not overwrite:
        raise InputError("output", output, "a new folder", "continue this dataset with --resume, or --overwrite it")


def _empty(folder: DatasetFolder) -> None:
    """Remove everything but the lock that this process holds, the plan last, so that a kill leaves a dataset."""
    clean(folder)
    for path in sorted(folder.root.iterdir(), key=lambda path: path.name == PLAN):
        if path != folder.work:
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def clean(folder: DatasetFolder) -> None:
    """Remove what killed workers left behind."""
    for path in folder.work.iterdir():
        if path.name != LOCK:
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


def missing_shards(folder: DatasetFolder, plan: Plan, verify: bool = False) -> Iterator[Shard]:
    """Shards that are still to be made.

    Args:
        folder: the dataset.
        plan: all that is wanted.
        verify: compare every file of finished shards with its hash; a shard that is damaged is removed and missing.
    """
    for shard in plan.shards():
        if verify and folder.has(shard) and not _is_sound(folder, shard):
            shutil.rmtree(folder.shard(shard))
        if not folder.has(shard):
            yield shard


def _is_sound(folder: DatasetFolder, shard: Shard) -> bool:
    """Whether the manifest has the hash that stands beside it, and the files those that it names, and no other."""
    place = folder.shard(shard)
    try:
        if read_sums(place) != {MANIFEST: sha256(place / MANIFEST)}:
            return False
        lines = read_text(place / MANIFEST, MAX_BYTES).splitlines()
        records = [json.loads(line) for line in lines]
        wanted = {slot.number for slot in shard.slots}
        named = {file: record["sha256"][key] for record in records for key, file in record["files"].items()}
        there = {path.relative_to(folder.root).as_posix() for path in place.rglob("*") if not path.is_dir()}
        kept = {f"shards/{shard.name}/{name}" for name in (MANIFEST, SUMS)}
        return (
            {record["case"] for record in records} == wanted
            and there == kept | named.keys()
            and all(sha256(folder.root / file) == digest for file, digest in named.items())
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):  # InputError is a ValueError
        return False


def _is_unbegun(folder: DatasetFolder) -> bool:
    """Whether a run was killed here before it had written its plan: nothing but our two folders, and no shard."""
    if not folder.work.is_dir() or (folder.root / PLAN).exists():
        return False
    names = {path.name for path in folder.root.iterdir()}
    return names <= {folder.work.name, folder.shards.name} and not any(folder.shards.glob("*"))


def _check_identity(folder: DatasetFolder, identity: Mapping[str, Any]) -> None:
    try:
        earlier = dict(read_json(folder.root / PLAN))
    except (OSError, ValueError, TypeError) as error:
        raise InputError("output", folder.root / PLAN, "a readable plan.json", "start anew with --overwrite") from error
    now = json.loads(json.dumps(identity))
    different = [key for key in now if earlier.get(key) != now[key]]
    if different:
        allowed = f"the {' and '.join(different)} this dataset was begun with ({PLAN})"
        raise InputError("resume", "something else", allowed, "name another folder, or start anew with --overwrite")
