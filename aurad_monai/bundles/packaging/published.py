# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""A published version names one set of weights for good: other weights under it are refused.

Takes a bundle folder and the bundles of the package, whose changelogs tell of every version that was published.
"""

from __future__ import annotations

from pathlib import Path

from aurad_monai.bundles.inventory import bundle_folders
from aurad_monai.bundles.safety.strict_json import read_strict
from aurad_monai.errors import InputError
from aurad_monai.files import read_sums

METADATA = Path("configs/metadata.json")


def refuse_published(root: Path) -> None:
    """Refuse a bundle that carries a version of a bundle of the package, or of one it was made of, and other weights.

    Raises:
        InputError: it does; names a version of its own.
    """
    metadata = read_strict(root / METADATA)
    version = str(metadata["version"])
    for name, folder in bundle_folders().items():
        shipped = read_strict(folder / METADATA)
        made_of = metadata.get("based_on") or {}
        if name not in (root.name, made_of.get("name")) and metadata.get("name") != shipped["name"]:
            continue
        same = folder.resolve() == root.resolve() or read_sums(root / "models") == read_sums(folder / "models")
        if version in shipped["changelog"] and not (same and version == shipped["version"]):
            allowed = f"a version of its own, as {version} of {name} was published with other weights"
            raise InputError("version", version, allowed, f"write {version}+site.1 into {METADATA}, with a changelog")
