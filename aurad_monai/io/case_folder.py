# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Cases that somebody else made: a folder of radiographs, with masks, anatomy and prompts as far as it has them.

Layout, every part but the images optional:

    images/ID.png            or .jpg, .dcm, .nii.gz; or the same files in the folder itself
    anatomy/ID.nii.gz        or a PNG label map
    pathology/ID.nii.gz      uint8 0/1, array (x, y, findings); or pathology/ID/FINDING.png, nonzero where it is
    prompts.csv              columns id and prompt

A run folder of `aurad generate` (manifest.jsonl) is read as such.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from aurad_monai import vocabulary
from aurad_monai.case import OPEN, Case
from aurad_monai.errors import InputError
from aurad_monai.io.anatomy_file import read_anatomy
from aurad_monai.io.datalist import load_channels
from aurad_monai.io.frame import frame_mask
from aurad_monai.io.nifti_radiograph import read_nifti_radiograph
from aurad_monai.io.picture_file import file_kind, read_pixels
from aurad_monai.io.radiograph import read_radiograph
from aurad_monai.io.read_run import open_run, read_case
from aurad_monai.prompts.parse import parse

_ARRAY = f"array (x, y, {len(vocabulary.FINDING_NAMES)})"
IMAGE_ENDINGS = (".png", ".jpg", ".jpeg", ".dcm", ".dicom", ".nii.gz", ".nii")


class CaseFolder:
    """A folder of cases, each read when it is asked for.

    Args:
        folder: see the layout above.
        size: edge of the frame that everything is padded and resized to.

    Raises:
        InputError: there is no such folder, no image in it, or its prompts.csv cannot be read.
    """

    def __init__(self, folder: str | Path, size: int = 256) -> None:
        self.root, self.size = Path(folder), size
        if not self.root.is_dir():
            raise InputError("folder", folder, "an existing folder", "check the path")
        self._run = list(open_run(self.root).lines()) if (self.root / "manifest.jsonl").is_file() else []
        self._images = [] if self._run else _images(self.root)
        self._prompts = {} if self._run else _prompts(self.root / "prompts.csv")
        if not (self._run or self._images):
            raise InputError("folder", folder, f"a folder with images ({', '.join(IMAGE_ENDINGS)})", "check the path")

    def __len__(self) -> int:
        return len(self._run) or len(self._images)

    def __getitem__(self, index: int) -> Case:
        """Read one case; a file that cannot be read becomes its `fault`."""
        if self._run:
            return self._of_run(self._run[index])
        path = self._images[index]
        name, source = _stem(path), path.relative_to(self.root).as_posix()
        prompt = self._prompts.get(name, "")
        try:
            said = parse(prompt) if prompt else OPEN
            case = Case(name, prompt, requested=said, resolved=said, source=source)
            image = read_image(path, self.size)
            anatomy, pathology = self._anatomy(name), self._pathology(name)
            return replace(case, image=image, anatomy=anatomy, pathology=pathology, files={"image": path})
        except InputError as error:
            return Case(name, prompt, fault=str(error), source=source)

    def with_images(self) -> list[int]:
        """Indices of the cases whose image is there; of a run, those of its dataset, which are the accepted ones."""
        if not self._run:
            return list(range(len(self._images)))
        return [i for i, line in enumerate(self._run) if line.get("accepted") and "image" in line.get("files", {})]

    def _of_run(self, line: Mapping[str, Any]) -> Case:
        try:
            return _of_run(read_case(self.root, line))
        except InputError as error:  # one changed file must not cost the others their judgement
            return Case(str(line.get("id", "")), fault=str(error))

    def _anatomy(self, name: str) -> npt.NDArray[np.uint8] | None:
        path = _beside(self.root / "anatomy", name, (".nii.gz", ".nii", ".png"))
        return None if path is None else read_anatomy(path, self.size)

    def _pathology(self, name: str) -> npt.NDArray[np.uint8] | None:
        folder = self.root / "pathology"
        path = _beside(folder, name, (".nii.gz", ".nii"))
        if path is not None:
            return self._framed(_channels(path))
        if (folder / name).is_dir():
            return self._framed(_pictures(folder / name))
        return None

    def _framed(self, masks: npt.NDArray[np.generic]) -> npt.NDArray[np.uint8]:
        return np.stack([frame_mask(mask, self.size) for mask in masks])


def _of_run(case: Case) -> Case:
    """A case of a run folder; one whose files the run did not keep cannot be judged again."""
    if case.files:
        return case
    return replace(case, fault=f"the run kept no files of it ({'; '.join(case.reasons) or 'no reason given'})")


def read_image(path: Path, size: int) -> npt.NDArray[np.float32]:
    """(1, size, size) in [0, 1] of a PNG, JPEG, DICOM or NIfTI file; InputError where it is none of them."""
    if file_kind(path, "image") == "nifti":
        return read_nifti_radiograph(path, size)
    return read_radiograph(path, size, "image")


def _images(root: Path) -> list[Path]:
    folder = root / "images" if (root / "images").is_dir() else root
    paths = sorted(path for path in folder.iterdir() if path.name.lower().endswith(IMAGE_ENDINGS) and path.is_file())
    names = [_stem(path) for path in paths]
    twice = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    if twice:
        raise InputError("folder", root, "one image an id", f"{twice[0]} is there more than once")
    return paths


def _stem(path: Path) -> str:
    ending = next(ending for ending in sorted(IMAGE_ENDINGS, key=len) if path.name.lower().endswith(ending))
    ending = ".nii.gz" if path.name.lower().endswith(".nii.gz") else ending
    return path.name[: -len(ending)]


def _beside(folder: Path, name: str, endings: tuple[str, ...]) -> Path | None:
    return next((folder / f"{name}{ending}" for ending in endings if (folder / f"{name}{ending}").is_file()), None)


def _prompts(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            return {row["id"]: row["prompt"] or "" for row in csv.DictReader(stream)}
    except (OSError, KeyError, ValueError, csv.Error) as error:
        raise InputError("prompts.csv", path, "a CSV file with the columns id and prompt", "correct it") from error


def _channels(path: Path) -> npt.NDArray[np.generic]:
    try:
        masks = load_channels(path)
    except InputError:
        raise
    except Exception as error:  # nibabel, gzip, zlib and numpy each raise types of their own on broken files
        raise InputError("pathology", path, f"a NIfTI file with {_ARRAY}", "write it again") from error
    if masks.ndim != 3 or len(masks) != len(vocabulary.FINDING_NAMES):
        raise InputError("pathology", f"{path} of shape {masks.shape}", _ARRAY, "see aurad info")
    return masks > 0


def _pictures(folder: Path) -> npt.NDArray[np.generic]:
    found: dict[int, npt.NDArray[Any]] = {}
    for path in sorted(folder.glob("*.png")):
        channel = vocabulary.channel(path.stem.lower().replace(" ", "_").replace("-", "_"))
        pixels = read_pixels(path, "pathology")
        found[channel] = (pixels if pixels.ndim == 2 else pixels.max(axis=-1)) > 0
    shapes = {mask.shape for mask in found.values()}
    if len(shapes) != 1:
        raise InputError("pathology", folder, "pictures FINDING.png of one size", "see aurad info for their names")
    masks = np.zeros((len(vocabulary.FINDING_NAMES), *shapes.pop()), dtype=bool)
    for channel, mask in found.items():
        masks[channel] = mask
    return masks
