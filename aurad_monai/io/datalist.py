# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""The training side of the on-disk layout: images/ID.png, anatomy/ID.nii.gz, pathology/ID.nii.gz, one datalist.json.

A generated run has the same three folders, so what leaves the system can enter its training again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from aurad_monai.errors import InputError
from aurad_monai.files import read_json, whole_file, write_json
from aurad_monai.io.binary import binarize
from aurad_monai.io.frame import LARGEST
from aurad_monai.io.nifti_array import load_planes, save_nifti

FILE_KEYS = ("image", "anatomy", "pathology")


def save_channels(path: Path, channels: npt.NDArray[np.uint8], spacing: float | None = None) -> None:
    """Write masks (C, H, W) uint8 as NIfTI with array (x, y, 1, channel).

    MONAI's LoadImage and EnsureChannelFirst read it as (C, x, y, 1). The header says that x runs to the patient's left
    and y to the feet, and `spacing`, the mm a pixel, where it is known.
    """
    save_nifti(path, channels.transpose(2, 1, 0)[:, :, None, :], spacing)


def load_channels(path: Path) -> npt.NDArray[np.uint8]:
    """Read masks of a NIfTI as (C, H, W) uint8 0 and 1.

    Args:
        path: array (x, y, 1, channel), (x, y, channel) as earlier versions wrote it, or turned as its header says;
            values of any scale, see `binary`.

    Raises:
        InputError: the values are no masks.
        Exception: of many types, where the file cannot be read.
    """
    return np.ascontiguousarray(binarize(load_planes(path), path).transpose(2, 1, 0))


def save_image(path: Path, image: npt.NDArray[np.uint8], text: Mapping[str, str] | None = None) -> None:
    """Write (H, W) uint8 as 8-bit grey PNG, with text chunks by keyword, whole or not at all."""
    chunks = PngInfo()
    for keyword, value in (text or {}).items():
        chunks.add_text(keyword, value)
    with whole_file(path) as partial:
        Image.fromarray(image).save(partial, "PNG", pnginfo=chunks)


def load_image(path: Path) -> npt.NDArray[np.float32]:
    """Read a PNG of this layout as (1, H, W) float32 in [0, 1]; files of users go through `io/radiograph.py`."""
    try:
        with Image.open(path, formats=("PNG",)) as picture:
            if max(picture.size) > LARGEST:  # before a pixel is decoded
                raise InputError("image", f"{path} of {picture.size}", f"at most {LARGEST} pixels a side", "resize it")
            return np.asarray(picture.convert("L"), dtype=np.float32)[None] / np.float32(255.0)
    except InputError:
        raise
    except Exception as error:  # PIL raises OSError, SyntaxError, ValueError, struct.error and more on broken files
        raise InputError("image", path, "a complete PNG", "write it again", reason="damaged picture") from error


def write_datalist(folder: Path, training: list[dict[str, Any]], validation: list[dict[str, Any]]) -> Path:
    """Write `datalist.json` of a folder in MONAI's decathlon layout, whole or not at all."""
    path = Path(folder) / "datalist.json"
    write_json(path, {"training": training, "validation": validation})
    return path


def read_datalist(
    dataset_dir: str, section: str = "training", having: str = "", repeats: int = 1
) -> list[dict[str, Any]]:
    """Cases of one section with their file paths made absolute.

    Args:
        dataset_dir: folder with `datalist.json`.
        section: `training` or `validation`.
        having: keep only cases with this key, such as `pathology`; all when empty.
        repeats: how often each case is listed, for an epoch of few cases.

    Raises:
        InputError: there is no datalist or no such section.
    """
    path = Path(dataset_dir) / "datalist.json"
    if not path.is_file():
        raise InputError("dataset_dir", dataset_dir, "a folder with datalist.json", "see docs/reference/training.md")
    try:
        sections = read_json(path)
    except (OSError, ValueError) as error:
        why = " ".join(str(error).split())[:80]
        raise InputError("dataset_dir", path, f"a JSON file ({why})", "see docs/reference/training.md") from error
    if not isinstance(sections, dict) or section not in sections:
        named = ", ".join(sorted(map(str, sections))) if isinstance(sections, dict) else ""
        raise InputError("section", section, named or "sections of a datalist.json, of which there is none")
    cases = [_case(path, case) for case in _listed(path, sections[section])]
    return repeats * [case for case in cases if not having or having in case]


def _listed(path: Path, cases: Any) -> list[dict[str, Any]]:
    if not isinstance(cases, list) or not all(isinstance(case, dict) for case in cases):
        raise InputError("dataset_dir", path, "a list of cases in each section", "see docs/reference/training.md")
    return cases


def _case(path: Path, case: Mapping[str, Any]) -> dict[str, Any]:
    """A case with its file paths made absolute; the files are regular ones, so that none holds up."""
    found = dict(case)
    for key in FILE_KEYS:
        value = case.get(key)
        if value is None or value == "":
            continue
        if not isinstance(value, str) or (path.parent / value).exists() and not (path.parent / value).is_file():
            allowed = f"files by their path in each case's {key}"
            raise InputError("dataset_dir", f"{path}: {value}", allowed, "see docs/reference/training.md")
        found[key] = str(path.parent / value)
    return found


def by_id(cases: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Cases by id, each once; InputError where one has no id or no image."""
    for case in cases:
        if not isinstance(case.get("id"), str) or not case.get("image"):
            raise InputError(
                "dataset_dir", dict(case), "cases with an id and an image", "see docs/reference/training.md"
            )
    return {case["id"]: dict(case) for case in cases}
