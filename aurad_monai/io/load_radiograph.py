# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""First transform of inference on radiographs: read PNG, JPEG or DICOM files into square images in [0, 1]."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

from monai.config import KeysCollection
from monai.data import MetaTensor
from monai.transforms.transform import MapTransform

from aurad_monai.errors import InputError
from aurad_monai.io.radiograph import read_radiograph

SUFFIXES = (".png", ".jpg", ".jpeg", ".dcm")


def radiograph_files(folder: str) -> list[dict[str, str]]:
    """A case `{"image": path}` for each radiograph in a folder, by name; InputError where there is none."""
    files = sorted(path for path in Path(folder).glob("*") if path.suffix.lower() in SUFFIXES)
    if not files:
        raise InputError("dataset_dir", folder, f"a folder with radiographs ({', '.join(SUFFIXES)})")
    return [{"image": str(path)} for path in files]


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
