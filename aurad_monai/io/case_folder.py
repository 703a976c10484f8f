# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Cases that somebody else made: a folder of radiographs, with masks, anatomy and prompts as far as it has them.

Layout, every part but the images optional:

    images/ID.png            or .jpg, .nii.gz, DICOM of any name; or the same files in the folder itself
    anatomy/ID.nii.gz        or a PNG label map
    pathology/ID.nii.gz      uint8 0/1, array (x, y, 1, findings); or pathology/ID/FINDING.png, bright where it is
    prompts.csv              columns id and prompt

A run folder of `aurad generate` (manifest.jsonl) is read as such.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from aurad_monai import vocabulary
from aurad_monai.case import OPEN, Case
from aurad_monai.errors import InputError
from aurad_monai.io.anatomy_file import read_anatomy
from aurad_monai.io.binary import binarize
from aurad_monai.io.datalist import load_channels
from aurad_monai.io.find_files import PassedOver, find_files, say_passed_over
from aurad_monai.io.frame import frame_mask
from aurad_monai.io.nifti_radiograph import open_nifti_radiograph
from aurad_monai.io.picture_file import file_kind, read_pixels
from aurad_monai.io.radiograph import Radiograph, open_radiograph
from aurad_monai.io.read_run import open_run, read_case
from aurad_monai.io.table import read_table
from aurad_monai.prompts.parse import PromptRules, understand

_ARRAY = f"array (x, y, 1, {len(vocabulary.FINDING_NAMES)})"
IMAGE_ENDINGS = (".png", ".jpg", ".jpeg", ".dcm", ".dicom", ".ima", ".nii.gz", ".nii")
KINDS = ("png", "jpeg", "dicom", "nifti")
PROMPTS = "prompts.csv"


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
        self._prompts = {} if self._run else _prompts(self.root / PROMPTS, {_stem(path) for path in self._images})
        if not (self._run or self._images):
            raise InputError("folder", folder, "a folder with images (PNG, JPEG, DICOM, NIfTI)", "check the path")

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
            said = understand(prompt, PromptRules(any_age=True)).findings if prompt else OPEN
            case = Case(name, prompt, requested=said, resolved=said, source=source)
            radiograph = open_image(path)
            return replace(
                case,
                image=radiograph.framed(self.size),
                spacing=radiograph.framed_spacing(self.size),
                anatomy=self._anatomy(name),
                pathology=self._pathology(name, radiograph),
                files={"image": path},
            )
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

    def _pathology(self, name: str, radiograph: Radiograph) -> npt.NDArray[np.uint8] | None:
        folder = self.root / "pathology"
        path = _beside(folder, name, (".nii.gz", ".nii"))
        if path is not None:
            return self._framed(_channels(path), radiograph)
        if (folder / name).is_dir():
            return self._framed(_pictures(folder / name), radiograph)
        return None

    def _framed(self, masks: npt.NDArray[np.uint8], radiograph: Radiograph) -> npt.NDArray[np.uint8]:
        """Masks in the raster of the file are turned with it."""
        if masks.shape[1:] == radiograph.stored:
            return np.stack([radiograph.framed_mask(mask, self.size) for mask in masks]).astype(np.uint8)
        return np.stack([frame_mask(mask, self.size) for mask in masks])


def _of_run(case: Case) -> Case:
    """A case of a run folder; one whose files the run did not keep cannot be judged again."""
    if case.files:
        return case
    return replace(case, fault=f"the run kept no files of it ({'; '.join(case.reasons) or 'no reason given'})")


def open_image(path: Path) -> Radiograph:
    """The radiograph of a PNG, JPEG, DICOM or NIfTI file; InputError where it is none of them."""
    return open_nifti_radiograph(path) if file_kind(path, "image") == "nifti" else open_radiograph(path, "image")


def _images(root: Path) -> list[Path]:
    """Images by their content, whatever they are called; other files are named in a line on standard error."""
    folder = root / "images" if (root / "images").is_dir() else root
    found = find_files(folder, KINDS, recursive=False, ignored=(PROMPTS,), claimed=IMAGE_ENDINGS)
    say_passed_over(folder, found.passed_over)
    seen: dict[str, Path] = {}
    for path in found.files:
        first = seen.setdefault(_stem(path), path)
        if first is not path:
            step = f"{_stem(path)} is there more than once: {first.name}, {path.name}"
            raise InputError("folder", root, "one image an id", step, reason="id twice")
    return list(found.files)


def _stem(path: Path) -> str:
    """The id of an image: its name without the ending of a picture; a UID has none."""
    ending = next((ending for ending in IMAGE_ENDINGS if path.name.lower().endswith(ending)), "")
    return path.name[: -len(ending)] if ending else path.name


def _beside(folder: Path, name: str, endings: tuple[str, ...]) -> Path | None:
    return next((folder / f"{name}{ending}" for ending in endings if (folder / f"{name}{ending}").is_file()), None)


def _prompts(path: Path, ids: Collection[str]) -> dict[str, str]:
    """Prompts by id; rows of no image are named in a line on standard error."""
    if not path.is_file():
        return {}
    said: dict[str, str] = {}
    missing = []
    for row in read_table(path, ("id", "prompt"), PROMPTS):
        name = row["id"]
        if said.get(name, row["prompt"]) != row["prompt"]:
            value = f"{path}, line {row.line}: {name}"
            raise InputError(PROMPTS, value, "one prompt an id", "remove a row", reason="id twice")
        said[name] = row["prompt"]
        if name not in ids:
            missing.append(PassedOver(f"line {row.line}: {name}", "row without an image"))
    say_passed_over(path, missing)
    return said


def _channels(path: Path) -> npt.NDArray[np.uint8]:
    try:
        masks = load_channels(path)
    except InputError:
        raise
    except Exception as error:  # nibabel, gzip, zlib and numpy each raise types of their own on broken files
        raise InputError("pathology", path, f"a NIfTI file with {_ARRAY}", "write it again") from error
    if masks.ndim != 3 or len(masks) != len(vocabulary.FINDING_NAMES):
        raise InputError("pathology", f"{path} of shape {masks.shape}", _ARRAY, "see aurad info")
    return masks


def _pictures(folder: Path) -> npt.NDArray[np.uint8]:
    """Masks of pictures FINDING.png; one that is there and holds nothing is an error."""
    found: dict[int, npt.NDArray[np.uint8]] = {}
    for path in sorted(folder.iterdir()):
        if file_kind(path, "pathology") != "png":
            raise InputError("pathology", path, "pictures FINDING.png alone", "remove it")
        channel = vocabulary.channel(path.stem.lower().replace(" ", "_").replace("-", "_"))
        pixels = read_pixels(path, "pathology")
        mask = binarize(pixels if pixels.ndim == 2 else pixels.max(axis=-1), path, "pathology")
        if not mask.any():
            step = "remove the file where the finding is not there"
            raise InputError("pathology", f"{path}, which is empty", "a mask of the finding", step, "empty mask")
        found[channel] = mask
    shapes = {mask.shape for mask in found.values()}
    if len(shapes) != 1:
        raise InputError("pathology", folder, "pictures FINDING.png of one size", "see aurad info for their names")
    masks = np.zeros((len(vocabulary.FINDING_NAMES), *shapes.pop()), dtype=np.uint8)
    for channel, mask in found.items():
        masks[channel] = mask
    return masks
