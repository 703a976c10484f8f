# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Inventory of what is installed: vocabulary, bundles with hashes, package versions, for `aurad info` and run.json.

Gives plain data. Nothing here imports torch or MONAI: versions come from package metadata, bundles are read as files.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from aurad_monai.files import read_json, sha256
from aurad_monai import vocabulary
from aurad_monai.errors import InputError

PACKAGE = Path(__file__).resolve().parent.parent
WEIGHT_SUFFIXES = (".pt", ".pth", ".ckpt", ".ts", ".bin", ".h5", ".npz", ".safetensors", ".onnx")
COPY_INDEX = "copy_index.safetensors"
"""In `models/`, of the training images of a generator."""
PACKAGES = (
    "aurad-monai",
    "monai",
    "torch",
    "pytorch-ignite",
    "torchvision",
    "torchxrayvision",
    "numpy",
    "nibabel",
    "pydicom",
    "pillow",
)


def bundles_root(bundle_dir: str | Path | None = None) -> Path:
    """The folder that holds the bundles.

    Args:
        bundle_dir: a folder of bundles of the user's own; None takes those of the installed wheel or of the clone.

    Raises:
        InputError: the folder does not exist or holds no bundle.
    """
    places = [Path(bundle_dir)] if bundle_dir is not None else [PACKAGE / "_bundles", PACKAGE.parent / "bundles"]
    for place in places:
        if _bundle_folders(place):
            return place.resolve()
    allowed = "a folder of MONAI bundles (each with configs/metadata.json)"
    raise InputError("bundle_dir", places[-1], allowed, "reinstall aurad-monai or give --bundle_dir")


Places = str | Path | Mapping[str, str | None] | None
"""Where bundles are: a folder of them, None for those of the package, or a mapping of bundle names to folders with,
under "", the place of all others."""


def bundle_folders(places: Places = None) -> dict[str, Path]:
    """Bundle name to folder.

    Raises:
        InputError: no bundle is found, or a folder that was given for one is no bundle of that kind.
    """
    given = dict(places) if isinstance(places, Mapping) else {"": places}
    found = {folder.name: folder for folder in _bundle_folders(bundles_root(given.pop("", None)))}
    for name, folder in given.items():
        if folder is not None:
            found[name] = _given_bundle(name, Path(folder))
    return found


def bundle_folder(name: str, places: Places = None) -> Path:
    """The folder of one bundle; raises InputError where there is none of that name."""
    found = bundle_folders(places)
    if name not in found:
        raise InputError("bundle_dir", name, ", ".join(found), "give a folder that holds it")
    return found[name]


def _given_bundle(name: str, folder: Path) -> Path:
    """A folder given for the bundle of that name, such as one that `aurad train` wrote."""
    argument, path = name.removeprefix("cxr_").split("_")[0] + "_bundle", folder / "configs" / "metadata.json"
    if name == "cxr_expert_filter":
        argument = "filter_bundle"
    allowed = f"a bundle folder that was made of {name}"
    if not path.is_file():
        raise InputError(argument, folder, allowed, "give what aurad train wrote")
    described = _metadata_of(folder)
    made_of = described.get("based_on", {}).get("name") if isinstance(described.get("based_on"), dict) else None
    if made_of in (None, name):
        return folder.resolve()
    raise InputError(argument, f"{folder}, made of {made_of}", allowed, "give it with the flag of that bundle")


TERM_KEYS = ("name", "label", "aliases", "compartment", "sided", "acute", "codes")
"""What a user of the findings wants to know of each."""


def describe_vocabulary() -> dict[str, Any]:
    """The words of a case as plain data: findings with their names elsewhere, anatomy, sides, zones and the like."""
    return {
        "findings": [{key: getattr(term, key) for key in TERM_KEYS} for term in vocabulary.FINDINGS],
        "anatomy": list(vocabulary.ANATOMY_NAMES),
        "lateralities": list(vocabulary.LATERALITIES),
        "zones": list(vocabulary.ZONES),
        "severities": list(vocabulary.SEVERITIES),
        "views": list(vocabulary.VIEWS),
        "sexes": list(vocabulary.SEXES),
    }


def describe_bundles(places: Places = None) -> list[dict[str, Any]]:
    """Name, version and files of every bundle; `weights` and `configs` map a relative path to its sha256.

    Raises:
        InputError: no bundle is found, or a metadata.json cannot be read.
    """
    return [_describe_bundle(name, folder) for name, folder in sorted(bundle_folders(places).items())]


def describe_versions() -> dict[str, str]:
    """Installed versions by distribution name; "not installed" where a package is missing."""
    versions = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = "not installed"
    return versions


def _bundle_folders(root: Path) -> list[Path]:
    return sorted(path.parent.parent for path in root.glob("*/configs/metadata.json"))


def _metadata_of(folder: Path) -> dict[str, Any]:
    """Content of a bundle's metadata.json."""
    path = folder / "configs" / "metadata.json"
    try:
        content = read_json(path)
        return {**content, "version": str(content["version"])}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError("bundle_dir", path, "a readable metadata.json with a version", "restore the bundle") from error


def _describe_bundle(name: str, folder: Path) -> dict[str, Any]:
    weights = [file for file in sorted(folder.glob("models/*")) if file.suffix in WEIGHT_SUFFIXES]
    configs = sorted(folder.glob("configs/*.json"))
    return {
        "name": name,
        "version": _metadata_of(folder)["version"],
        "weights": _hashes(folder, weights),
        "configs": _hashes(folder, configs),
    }


def _hashes(folder: Path, files: list[Path]) -> dict[str, str]:
    return {file.relative_to(folder).as_posix(): sha256(file) for file in files}


def as_text(content: dict[str, Any]) -> str:
    """The same content for the eye: a line a finding, a bundle, a weight file and a version."""
    words = content["vocabulary"]
    lines = ["findings"]
    lines += [f"  {term['name']:<20}{', '.join([term['label'], *term['aliases'][:4]])}" for term in words["findings"]]
    lines += [f"{name:<13} {', '.join(words[name])}" for name in words if name != "findings"]
    for bundle in content.get("bundles", ()):
        lines.append(f"bundle {bundle['name']} {bundle['version']}")
        lines += [f"  {name}  sha256 {digest}" for name, digest in bundle["weights"].items()]
        lines += [] if bundle["weights"] else ["  no weights"]
    if "versions" in content:
        lines.append("versions      " + ", ".join(f"{name} {version}" for name, version in content["versions"].items()))
    return "\n".join(lines)
