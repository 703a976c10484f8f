# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The folder of a dataset under construction: its plan, finished shards, and a work folder for all that is unfinished.

In: the path and what the dataset is. Out: a locked `DatasetFolder`, and the shards that are missing.

DIR/plan.json           what is wanted and by what it is made; written first
DIR/shards/000007/      images, anatomy, pathology, manifest.jsonl: there whole or not at all
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
from aurad_monai.files import locked as locked_file
from aurad_monai.files import sha256, write_text
from aurad_monai.generation.plan import Plan, Shard
from aurad_monai.io.output_folder import check_output

PLAN, MANIFEST, RUN = "plan.json", "manifest.jsonl", "run.json"
STOP = "stop"


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


def open_folder(output: str | Path, identity: Mapping[str, Any], resume: bool, overwrite: bool) -> DatasetFolder:
    """Make a new dataset folder, or open the one that an interrupted run left.

    Args:
        output: the folder.
        identity: content of plan.json: the plan and what makes its cases.
        resume: continue what is there, if it has the same identity.
        overwrite: replace what is there, if it is a run or a dataset of ours.

    Raises:
        InputError: the place cannot be used, or what is there is something else.
    """
    folder = DatasetFolder(Path(output).expanduser().resolve())
    begun = (folder.root / PLAN).is_file()
    if begun and resume:
        _check_identity(folder, identity)
        folder.shards.mkdir(exist_ok=True)
        folder.work.mkdir(exist_ok=True)
        return folder
    if (begun and overwrite) or _is_unbegun(folder):
        shutil.rmtree(folder.root)
    elif begun:
        raise InputError("output", output, "a new folder", "continue this dataset with --resume, or --overwrite it")
    check_output(output, overwrite)
    if overwrite and folder.root.is_dir():
        shutil.rmtree(folder.root)
    for path in (folder.work, folder.shards):
        path.mkdir(parents=True, exist_ok=True)
    folder.write_json(PLAN, identity)
    return folder


@contextmanager
def locked(folder: DatasetFolder) -> Iterator[None]:
    """Hold a dataset for one leader; the lock of a killed one is free at once.

    Raises:
        InputError: another process holds it.
    """
    with locked_file(folder.work / "lock", folder.root):
        yield


def clean(folder: DatasetFolder) -> None:
    """Remove what killed workers left behind."""
    for path in folder.work.iterdir():
        if path.name != "lock":
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
    try:
        lines = (folder.shard(shard) / MANIFEST).read_text(encoding="utf-8").splitlines()
        records = [json.loads(line) for line in lines]
        wanted = {slot.number for slot in shard.slots}
        return {record["case"] for record in records} == wanted and all(
            sha256(folder.root / file) == record["sha256"][key]
            for record in records
            for key, file in record["files"].items()
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _is_unbegun(folder: DatasetFolder) -> bool:
    """Whether a run was killed here before it had written its plan: nothing but our two folders, and no shard."""
    if not folder.work.is_dir() or (folder.root / PLAN).exists():
        return False
    names = {path.name for path in folder.root.iterdir()}
    return names <= {folder.work.name, folder.shards.name} and not any(folder.shards.glob("*"))


def _check_identity(folder: DatasetFolder, identity: Mapping[str, Any]) -> None:
    try:
        earlier = json.loads((folder.root / PLAN).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError("output", folder.root / PLAN, "a readable plan.json", "start anew with --overwrite") from error
    now = json.loads(json.dumps(identity))
    different = [key for key in now if earlier.get(key) != now[key]]
    if different:
        allowed = f"the {' and '.join(different)} this dataset was begun with ({PLAN})"
        raise InputError("resume", "something else", allowed, "name another folder, or start anew with --overwrite")
