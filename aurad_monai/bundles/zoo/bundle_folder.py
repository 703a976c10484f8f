# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A bundle of anyone as the Model Zoo's checks see it: its files read as data, nothing of it run.

Takes a bundle folder; gives metadata, configs (JSON or YAML), card and the entries of `large_files`, and `Failure`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from aurad_monai.bundles.safety.strict_json import MAX_BYTES, read_strict
from aurad_monai.files import read_text

SUFFIXES = (".json", ".yaml", ".yml")


@dataclass(frozen=True)
class Failure:
    """A rule of the zoo that a bundle does not keep.

    Args:
        rule: what the zoo wants.
        where: file, and entry.
        mend: what to do.
    """

    rule: str
    where: str
    mend: str

    def __str__(self) -> str:
        return f"{self.where}: {self.rule}\n    mend: {self.mend}"


@dataclass(frozen=True)
class BundleFolder:
    """The files of a bundle, read.

    Args:
        root: its folder.
        configs: stem of each file of configs/ to its content.
        names: stem to file name.
        card: text of docs/README.md, empty where there is none.
        large_files: what large_files.yml lists.
        broken: files that cannot be read, with the reason.
    """

    root: Path
    configs: dict[str, Any]
    names: dict[str, str]
    card: str = ""
    large_files: list[dict[str, Any]] = field(default_factory=list)
    broken: dict[str, str] = field(default_factory=dict)

    @property
    def metadata(self) -> dict[str, Any]:
        """Content of configs/metadata.json."""
        content = self.configs.get("metadata")
        return content if isinstance(content, dict) else {}

    def has(self, name: str) -> bool:
        """Whether the folder holds a file, or `large_files` says where it comes from."""
        return (self.root / name).is_file() or any(entry.get("path") == name for entry in self.large_files)

    def config(self, stem: str) -> dict[str, Any]:
        """A config as it runs: one that adds to the imports of another is merged onto inference."""
        content = self.configs.get(stem)
        if not isinstance(content, dict):
            return {}
        base = self.configs.get("inference") if "+imports" in content else None
        return {**(base if isinstance(base, dict) else {}), **content}


def read_bundle(root: Path) -> BundleFolder:
    """Read a bundle folder; what cannot be read is in `broken`."""
    configs: dict[str, Any] = {}
    names: dict[str, str] = {}
    broken: dict[str, str] = {}
    large: list[dict[str, Any]] = []
    files = [*sorted((root / "configs").glob("*")), *sorted(root.glob("large_file*"))]
    for path in (file for file in files if file.suffix in SUFFIXES):
        try:
            content = read_config(path)
        except (OSError, ValueError, yaml.YAMLError) as error:
            broken[path.relative_to(root).as_posix()] = " ".join(str(error).split())[:100]
            continue
        if path.parent == root:
            large = [entry for entry in _listed(content) if isinstance(entry, dict)]
        else:
            configs[path.stem], names[path.stem] = content, path.name
    card = root / "docs" / "README.md"
    text = card.read_text(encoding="utf-8", errors="replace") if card.is_file() else ""
    return BundleFolder(root, configs, names, text, large, broken)


def read_config(path: Path) -> Any:
    """Content of a JSON or YAML file, at most 4 MB of it; ValueError or yaml.YAMLError where it is none."""
    if path.suffix == ".json":
        return read_strict(path)
    return yaml.safe_load(read_text(path, MAX_BYTES))


def _listed(content: Any) -> list[Any]:
    found = content.get("large_files") if isinstance(content, dict) else None
    return found if isinstance(found, list) else []


def entry(content: dict[str, Any], where: str) -> Any:
    """The entry of an id such as `train#dataset#data`, whether nested or written as one key; None where none is."""
    found: Any = content
    for part in where.split("#"):
        found = found.get(part) if isinstance(found, dict) else None
    return content.get(where) if found is None else found


def targets(content: Any) -> Iterator[dict[str, Any]]:
    """Every component of a config: objects with a `_target_`."""
    if isinstance(content, dict):
        if isinstance(content.get("_target_"), str):
            yield content
        for value in content.values():
            yield from targets(value)
    elif isinstance(content, list):
        for value in content:
            yield from targets(value)


def texts(content: Any) -> Iterator[str]:
    """Every text of a config."""
    if isinstance(content, str):
        yield content
    children = content.values() if isinstance(content, dict) else content if isinstance(content, list) else ()
    for value in children:
        yield from texts(value)
