# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Zip of a bundle, `NAME_vVERSION.zip`, byte-identical wherever it is made.

Takes a bundle folder; gives the path of the zip.
"""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

from aurad_monai.bundles.safety.lint import check_bundle
from aurad_monai.bundles.safety.strict_json import read_strict
from aurad_monai.bundles.bundle import check_weights
from aurad_monai.bundles.inventory import COPY_INDEX
from aurad_monai.files import SUMS, whole_file
from aurad_monai.errors import InputError

MAX_FILE_SIZE = 25 * 2**20
"""The Model Zoo's limit for a file in git."""

REQUIRED = ("LICENSE", "configs/metadata.json", "configs/inference.json", "docs/README.md", "models/model.pt")
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


def bundle_files(root: Path) -> list[Path]:
    """The files that make up a bundle, sorted: no runs and no caches.

    Raises:
        InputError: the linter finds something, a weight file is missing, changed or not listed, a required file is
            missing, a file is over 25 MB, or the changelog does not know the version.
    """
    check_bundle(root)
    weights = check_weights(root)
    missing = [name for name in REQUIRED if not (root / name).is_file()]
    if missing:
        raise InputError("bundle", root, f"a folder with {', '.join(REQUIRED)}", f"missing: {', '.join(missing)}")
    files = [file for pattern in ("LICENSE", "*.yml", "configs/*", "docs/*") for file in root.glob(pattern)]
    files += [root / "models" / name for name in (SUMS, *weights)]
    grows = COPY_INDEX  # with a site's training set: 25 MB are 18,600 films
    large = [file.name for file in files if file.stat().st_size > MAX_FILE_SIZE and file.name != grows]
    if large:
        raise InputError("bundle", ", ".join(large), "files of at most 25 MB", "name it in large_files.yml instead")
    _, version = name_and_version(root)
    if version not in read_strict(root / "configs" / "metadata.json").get("changelog", {}):
        raise InputError("bundle", f"{root.name} {version}", "a version that the changelog in metadata.json tells of")
    return sorted({file for file in files if file.is_file()}, key=lambda file: file.relative_to(root).as_posix())


def name_and_version(root: Path) -> tuple[str, str]:
    """Folder name and version of a bundle."""
    return root.name, str(read_strict(root / "configs" / "metadata.json")["version"])


def write_zip(root: Path, folder: Path) -> Path:
    """Write a bundle's zip.

    Files are stored, not compressed: weights do not shrink, and a compressor's bytes differ from version to version.

    Args:
        root: the bundle folder.
        folder: where the zip goes.

    Returns:
        Path of the zip; appears whole or not at all.
    """
    name, version = name_and_version(root)
    target = folder / f"{name}_v{version}.zip"
    with whole_file(target) as partial, zipfile.ZipFile(partial, "w", zipfile.ZIP_STORED) as archive:
        for file in bundle_files(root):
            entry = zipfile.ZipInfo(f"{name}/{file.relative_to(root).as_posix()}", ZIP_EPOCH)
            entry.create_system = 3
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, file.read_bytes())
    return target
