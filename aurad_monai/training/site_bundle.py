# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Copy of a bundle in which a site trains weights of its own: version, name, changelog and card say whose they are.

Takes a bundle folder and the name of the site; gives a folder with its configs, and those weights that stay.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aurad_monai.bundles.bundle import enter_hash
from aurad_monai.bundles.inventory import WEIGHT_SUFFIXES
from aurad_monai.bundles.safety.strict_json import read_strict
from aurad_monai.errors import InputError
from aurad_monai.files import write_json, write_text

LABEL = re.compile(r"[a-z0-9]+")
METADATA = Path("configs/metadata.json")


@dataclass(frozen=True)
class Site:
    """Who trains, on what.

    Args:
        name: lower-case letters and digits, as the local part of a version may have them.
        cases: how many training cases.
        tuned: whether training starts from the weights of the bundle.
    """

    name: str
    cases: int
    tuned: bool


def next_version(version: str, site: str) -> str:
    """`0.8.1` to `0.8.1+site.1`, and that to `0.8.1+site.2`: PEP 440's local version, SemVer's build metadata."""
    public, _, local = version.partition("+")
    label, _, number = local.rpartition(".")
    return f"{public}+{site}.{int(number) + 1 if label == site and number.isdigit() else 1}"


def site_metadata(metadata: Mapping[str, Any], folder: str, site: Site) -> dict[str, Any]:
    """Metadata of a site's bundle, from those of the bundle in `folder` that it is made of."""
    version = next_version(str(metadata["version"]), site.name)
    start = f"from those of {metadata['version']}" if site.tuned else "from random ones"
    said = f"weights of {site.name}, trained on {site.cases} cases of its own, starting {start}"
    own = f" ({site.name})"
    return {
        **metadata,
        "version": version,
        "changelog": {version: said, **metadata["changelog"]},
        "name": str(metadata["name"]).removesuffix(own) + own,
        "authors": f"weights: {site.name}; networks and configs: {metadata['authors']}",
        "data_source": f"{site.cases} training cases of {site.name}; before that: {metadata['data_source']}",
        "based_on": {"name": folder, "version": metadata["version"]},
    }


def copy_bundle(shipped: Path, output: Path, site: Site, trained: Collection[str]) -> None:
    """Make the folder of a site's bundle, or leave one as it is that an earlier call made.

    Args:
        shipped: the bundle it is made of.
        output: a new or empty folder, or one to go on with.
        site: whose it is.
        trained: weight files that training will write; they are copied only where it starts from them.

    Raises:
        InputError: the folder holds something else.
    """
    if not site.name or not LABEL.fullmatch(site.name):
        raise InputError("site", site.name, "lower-case letters and digits", "give --site NAME")
    metadata = read_strict(shipped / METADATA)
    if (output / METADATA).is_file():
        found = read_strict(output / METADATA)
        expected = site_metadata(metadata, shipped.name, site)
        if any(found.get(key) != expected[key] for key in ("based_on", "version")):
            allowed = f"a bundle {expected['version']} that was made of {shipped.name} {metadata['version']}"
            raise InputError("output", output, allowed, "name a new folder")
        return
    if output.is_dir() and any(output.iterdir()):
        raise InputError("output", output, "a new or empty folder, or one to go on with", "name another")
    _copy(shipped, output, {} if site.tuned else trained)
    _write_card(output, metadata, site)
    write_json(output / METADATA, site_metadata(metadata, shipped.name, site), indent=4)


def _copy(shipped: Path, output: Path, left_out: Collection[str]) -> None:
    """Everything but runs and, of the weights, those that are left out; the metadata come last of all."""
    skipped = shutil.ignore_patterns("models", "runs", "metadata.json", "site_*.json")
    shutil.copytree(shipped, output, dirs_exist_ok=True, ignore=skipped)
    (output / "models").mkdir(exist_ok=True)
    for weights in sorted((shipped / "models").iterdir()):
        if weights.suffix in WEIGHT_SUFFIXES and weights.name not in left_out:
            shutil.copy2(weights, output / "models" / weights.name)
            enter_hash(output / "models" / weights.name)


def _write_card(output: Path, metadata: Mapping[str, Any], site: Site) -> None:
    """Put whose weights these are before the card and the data licence that came with the bundle."""
    version = next_version(str(metadata["version"]), site.name)
    start = f"with the weights of {metadata['version']}" if site.tuned else "with random weights"
    card = f"""# Model Overview
{metadata["name"]}, version {version}: **weights of {site.name}**, trained with `aurad train` on {site.cases} cases of
its own. Training started {start}. Nobody but {site.name} vouches for these weights.

## Data
To be described by {site.name}: source, time, devices, selection, who read them, licence and consent.

## Performance
Not measured yet. The figures below are of the weights of {metadata["version"]} and say nothing about these.

---

"""
    path = output / "docs" / "README.md"
    before = path.read_text(encoding="utf-8") if path.is_file() else ""
    write_text(path, card + before.replace("# Model Overview", f"# Card of version {metadata['version']}", 1))
    path = output / "docs" / "data_license.txt"
    before = path.read_text(encoding="utf-8") if path.is_file() else ""
    said = (
        f"Version {version}: {site.cases} training cases of {site.name}, whose licence {site.name} has to state here.\n"
    )
    write_text(path, f"{said}\nOf version {metadata['version']}, which it was made of:\n\n{before}")
