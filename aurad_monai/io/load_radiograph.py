# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""First transform of inference on radiographs: read PNG, JPEG or DICOM files into square images in [0, 1]."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any

from monai.config import KeysCollection
from monai.data import MetaTensor
from monai.transforms.transform import MapTransform

from aurad_monai.errors import InputError
from aurad_monai.io.find_files import find_files, say_passed_over
from aurad_monai.io.missing_cases import MissingCases
from aurad_monai.io.radiograph import read_radiograph


def radiograph_files(folder: str) -> Sequence[dict[str, str]]:
    """A case `{"image": path}` for each radiograph in a folder, by content.

    Where there is none, InputError comes when the first is read: a config can be checked before it has a folder.
    """
    try:
        return _listed(folder)
    except InputError as error:
        return MissingCases(error)


def _listed(folder: str) -> list[dict[str, str]]:
    if not Path(folder).is_dir():
        raise InputError("dataset_dir", folder, "an existing folder", "check the path")
    found = find_files(Path(folder), ("png", "jpeg", "dicom"), recursive=False)
    say_passed_over(Path(folder), found.passed_over)
    if not found.files:
        raise InputError("dataset_dir", folder, "a folder with radiographs (PNG, JPEG or DICOM)")
    return [{"image": str(path)} for path in found.files]


class LoadRadiographd(MapTransform):
    """Read radiographs as (1, size, size) float32 in [0, 1], their file name in the metadata.

    Args:
        keys: keys that hold file paths.
        size: edge in pixels.
        allow_missing_keys: skip keys a case does not have.
    """

    def __init__(self, keys: KeysCollection, size: int = 256, allow_missing_keys: bool = False) -> None:
        super().__init__(keys, allow_missing_keys)
        self.size = size

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        case = dict(data)
        for key in self.key_iterator(case):
            path = str(case[key])
            case[key] = MetaTensor(read_radiograph(path, self.size), meta={"filename_or_obj": path})
        return case
