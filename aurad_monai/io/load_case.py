# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""First transform of every training chain: read the files of a case into channel-first arrays."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from monai.config import KeysCollection
from monai.transforms.transform import MapTransform

from aurad_monai.errors import InputError
from aurad_monai.io.datalist import load_channels, load_image
from aurad_monai.io.resize import image_at_most, masks_at


class LoadCased(MapTransform):
    """Read PNG files as (1, H, W) float32 in [0, 1] and NIfTI files as (C, H, W) uint8.

    Not `monai.transforms.LoadImaged`: it gives (C, W, H) with metadata, and would take a reader class, `Transposed` and
    `ScaleIntensityd` for each key to give the same arrays.

    Args:
        keys: keys that hold file paths.
        allow_missing_keys: skip keys a case does not have.
        frame: edge to which larger files are averaged down, such as that of what an autoencoder encodes; None leaves
            them as they are.
    """

    def __init__(self, keys: KeysCollection, allow_missing_keys: bool = False, frame: int | None = None) -> None:
        super().__init__(keys, allow_missing_keys)
        self.frame = frame

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        case = dict(data)
        for key in self.key_iterator(case):
            path = Path(case[key])
            case[key] = torch.from_numpy(
                self._masks(path) if path.name.endswith((".nii", ".nii.gz")) else self._image(path)
            )
        return case

    def _image(self, path: Path) -> npt.NDArray[np.float32]:
        image = load_image(path)
        return image if self.frame is None else image_at_most(image, self.frame)

    def _masks(self, path: Path) -> npt.NDArray[np.uint8]:
        masks = _channels(path)
        return masks if self.frame is None or masks.shape[-1] <= self.frame else masks_at(masks, self.frame)


def _channels(path: Path) -> npt.NDArray[np.uint8]:
    try:
        return load_channels(path)
    except InputError:
        raise
    except Exception as error:  # nibabel, gzip and zlib each raise types of their own on broken files
        raise InputError("masks", path, "a complete NIfTI file", "write it again", reason="damaged NIfTI") from error
