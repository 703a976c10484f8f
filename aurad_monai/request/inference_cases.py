# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Cases of a bundle that runs on its own: from a prompt and an anatomy, or from masks already on disk.

In: settings of the bundle's config. Out: dictionaries for MONAI's transforms, of the same cases as the pipeline's.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from aurad_monai import vocabulary
from aurad_monai.case import Case
from aurad_monai.errors import InputError
from aurad_monai.io.anatomy_file import read_anatomy
from aurad_monai.io.datalist import load_channels
from aurad_monai.io.missing_cases import MissingCases
from aurad_monai.io.resize import masks_at
from aurad_monai.request.resolve import Prior, resolve, resolve_masks
from aurad_monai.request.streams import Stream, entropy

MASKS = ("anatomy", "pathology")
SUFFIX = ".nii.gz"


def cases_from_prompt(
    prompt: str | Sequence[str],
    prior: Prior,
    size: int,
    anatomy: str | None = None,
    seed: int = 0,
    num: int = 1,
    spacing: float | None = None,
) -> list[dict[str, Any]]:
    """Cases of bundle 1: one prompt, `num` seeds.

    Args:
        prompt: see docs/reference/prompts.md.
        prior: samples an anatomy for each case where no file is given.
        size: edge of the frame in pixels.
        anatomy: label map or channels, PNG or NIfTI; every case then has this anatomy.
        seed: of the first case, from 0; case i has `seed + i`.
        num: how many cases.
        spacing: mm of the patient that a pixel spans, for sizes in centimeters; a sampled anatomy has its own.

    Returns:
        Dictionaries with `findings` (complete), `anatomy` and what `as_data` adds.

    Raises:
        InputError: the prompt, the file or a number cannot be used.
    """
    _check_numbers(seed, num)
    text = _text(prompt)
    given = read_anatomy(anatomy, size) if anatomy else None
    cases = (resolve(text, seed + i, prior, size, given, spacing, f"case_{i:05d}") for i in range(num))
    return [as_data(case, Stream.MASK) | {"findings": case.resolved, "prompt": text} for case in cases]


def cases_from_masks(
    dataset_dir: str,
    size: int,
    anatomy: str | None = None,
    pathology: str | None = None,
    prompt: str | Sequence[str] = "",
    seed: int = 0,
    num: int = 1,
) -> Sequence[dict[str, Any]]:
    """Cases of bundle 2: the masks of two files, or of every case of a run folder or training set; `num` of each.

    Args:
        dataset_dir: folder with anatomy/ID.nii.gz and pathology/ID.nii.gz; not read when both files are given.
        size: edge of the frame in pixels.
        anatomy: NIfTI, array (x, y, 1, 3).
        pathology: NIfTI, array (x, y, 1, 13).
        prompt: view, sex and age are taken from it, or else sampled; what findings there are, the masks say.
        seed: of the first case, from 0; case i has `seed + i`.
        num: images of each pair of masks.

    Returns:
        Dictionaries with `anatomy`, `pathology`, view, sex, age and what `as_data` adds. Where the folder holds none,
        InputError comes when the first is read: a config can be checked before it has a folder.

    Raises:
        InputError: a file is missing, unreadable or of another shape, or a number cannot be used.
    """
    _check_numbers(seed, num)
    if (anatomy is None) != (pathology is None):
        raise InputError("anatomy", anatomy, "anatomy and pathology together, or neither", "give both files")
    seeds, text, cases = itertools.count(seed), _text(prompt), []
    pairs = {"case": (Path(anatomy), Path(pathology))} if anatomy and pathology else _pairs(Path(dataset_dir))
    if not pairs:
        return MissingCases(
            InputError("dataset_dir", dataset_dir, f"a folder with pathology/ID{SUFFIX}", "run bundle 1 first")
        )
    for name, files in pairs.items():
        chest, shapes = (read_masks(key, file, size) for key, file in zip(MASKS, files, strict=True))
        for copy in range(num):
            own = f"{name}_{copy:03d}" if num > 1 else name
            cases.append(as_data(resolve_masks(shapes, chest, next(seeds), text, name=own), Stream.IMAGE))
    return cases


def as_data(case: Case, stream: Stream) -> dict[str, Any]:
    """A case as a dictionary for MONAI's transforms: id, seed, `entropy` of its noise, masks, view, sex and age.

    Args:
        case: resolved.
        stream: whose noise the entropy is of, mask or image.
    """
    numbers = np.array(entropy(stream, case.seed, case.seed_text), dtype=np.int64)
    data: dict[str, Any] = {"id": case.id, "seed": case.seed, "entropy": numbers, "anatomy": case.anatomy}
    if case.pathology is not None:
        data["pathology"] = case.pathology
    return data | {name: getattr(case.resolved, name) for name in ("view", "sex", "age")}


def _text(prompt: str | Sequence[str]) -> str:
    """A prompt such as "effusion, mass" comes from MONAI's command line as a tuple."""
    return prompt if isinstance(prompt, str) else ", ".join(str(part) for part in prompt)


def _check_numbers(seed: int, num: int) -> None:
    for name, value, low in (("seed", seed, 0), ("num", num, 1)):
        if value < low:
            raise InputError(name, value, f"at least {low}")


def _pairs(folder: Path) -> dict[str, tuple[Path, Path]]:
    """Case name to its two files, in the order of names."""
    names = sorted(file.name for file in (folder / "pathology").glob(f"*{SUFFIX}"))
    return {name.removesuffix(SUFFIX): (folder / "anatomy" / name, folder / "pathology" / name) for name in names}


def read_masks(key: str, file: Path, size: int) -> npt.NDArray[np.uint8]:
    """Channels (C, size, size) of a run's file of any square size; `key` is anatomy or pathology.

    Raises:
        InputError: it is not one.
    """
    names = {"anatomy": vocabulary.ANATOMY_NAMES, "pathology": vocabulary.FINDING_NAMES}[key]
    expected = (len(names), size, size)
    try:
        channels = load_channels(file)
    except InputError:
        raise
    except Exception as error:  # nibabel, gzip and zlib each raise types of their own on broken files
        raise InputError(key, file, "a readable NIfTI file", "write it again") from error
    if channels.ndim != 3 or len(channels) != len(names) or channels.shape[1] != channels.shape[2]:
        raise InputError(
            key, f"{file} of shape {channels.shape}", f"0 and 1 in {expected}", "see docs/reference/bundles.md"
        )
    return masks_at(channels, size)
