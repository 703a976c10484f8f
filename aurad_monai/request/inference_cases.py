# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Where a bundle that runs on its own gets its cases: from a prompt and a chest, or from masks already on disk."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from aurad_monai import vocabulary
from aurad_monai.anatomy.sizes import in_percent
from aurad_monai.errors import InputError
from aurad_monai.io.anatomy_file import read_anatomy
from aurad_monai.io.datalist import load_channels
from aurad_monai.prompts.finding import ClinicalFindings
from aurad_monai.prompts.parse import parse
from aurad_monai.request.patient import drawn_patient

Case = dict[str, Any]
MASKS = ("anatomy", "pathology")
SUFFIX = ".nii.gz"


def cases_from_prompt(
    prompt: str | Sequence[str],
    sample_anatomy: Callable[[int, int], npt.NDArray[np.uint8]],
    anatomy: str | None = None,
    seed: int = 0,
    num: int = 1,
    size: int = 256,
    spacing: float | None = None,
) -> list[Case]:
    """Cases of bundle 1: one prompt, `num` seeds.

    Args:
        prompt: see docs/reference/prompts.md.
        sample_anatomy: from a seed and an edge in pixels to a chest (3, size, size); used where no file is given.
        anatomy: label map or channels, PNG or NIfTI; every case then has this chest.
        seed: of the first case, from 0; case i has `seed + i`.
        num: how many cases.
        size: edge of the frame in pixels.
        spacing: mm of the patient that a pixel spans, for sizes in centimeters.

    Returns:
        Cases with id, seed, prompt, findings (None where open) and anatomy (3, size, size) uint8.

    Raises:
        InputError: the prompt, the file or a number cannot be used.
    """
    _check_numbers(seed, num)
    text = _text(prompt)
    findings = parse(text)
    given = read_anatomy(anatomy, size) if anatomy else None
    cases = []
    for index in range(num):
        chest = sample_anatomy(seed + index, size) if given is None else given
        asked = None if findings.is_open else in_percent(findings, chest, spacing)
        known = {"id": f"case_{index:05d}", "seed": seed + index, "prompt": text}
        cases.append({**known, "findings": asked, "anatomy": chest})
    return cases


def cases_from_masks(
    dataset_dir: str,
    anatomy: str | None = None,
    pathology: str | None = None,
    prompt: str | Sequence[str] = "",
    seed: int = 0,
    num: int = 1,
    size: int = 256,
) -> list[Case]:
    """Cases of bundle 2: the masks of two files, or of every case of a run folder or training set; `num` of each.

    Args:
        dataset_dir: folder with anatomy/ID.nii.gz and pathology/ID.nii.gz; not read when both files are given.
        anatomy: NIfTI, array (x, y, 3).
        pathology: NIfTI, array (x, y, findings).
        prompt: view, sex and age are taken from it, or else drawn; what findings there are, the masks say.
        seed: of the first case, from 0; case i has `seed + i`.
        num: images of each pair of masks.
        size: edge of the frame in pixels.

    Returns:
        Cases with id, seed, view, sex, age, anatomy (3, size, size) and pathology (findings, size, size) uint8.

    Raises:
        InputError: a file is missing, unreadable or of another shape, or a number cannot be used.
    """
    _check_numbers(seed, num)
    if (anatomy is None) != (pathology is None):
        raise InputError("anatomy", anatomy, "anatomy and pathology together, or neither", "give both files")
    asked = parse(_text(prompt)) if prompt else ClinicalFindings()
    pairs = {"case": (Path(anatomy), Path(pathology))} if anatomy and pathology else _pairs(Path(dataset_dir))
    seeds, cases = itertools.count(seed), []
    for name, files in pairs.items():
        masks = {key: read_masks(key, file, size) for key, file in zip(MASKS, files, strict=True)}
        for copy in range(num):
            number = next(seeds)
            one = {"id": f"{name}_{copy:03d}" if num > 1 else name, "seed": number}
            cases.append({**one, **drawn_patient(number, asked), **masks})
    return cases


def _text(prompt: str | Sequence[str]) -> str:
    """A prompt such as "effusion, mass" comes from MONAI's command line as a tuple."""
    return prompt if isinstance(prompt, str) else ", ".join(str(part) for part in prompt)


def _check_numbers(seed: int, num: int) -> None:
    for name, value, least in (("seed", seed, 0), ("num", num, 1)):
        if value < least:
            raise InputError(name, value, f"at least {least}")


def _pairs(folder: Path) -> dict[str, tuple[Path, Path]]:
    """Case name to its two files, in the order of names."""
    names = sorted(file.name for file in (folder / "pathology").glob(f"*{SUFFIX}"))
    if not names:
        raise InputError("dataset_dir", folder, f"a folder with pathology/ID{SUFFIX}", "run bundle 1 first")
    return {name.removesuffix(SUFFIX): (folder / "anatomy" / name, folder / "pathology" / name) for name in names}


def read_masks(key: str, file: Path, size: int) -> npt.NDArray[np.uint8]:
    """Channels (C, size, size) of a run's file; `key` is anatomy or pathology. InputError if it is not one."""
    names = {"anatomy": vocabulary.ANATOMY_NAMES, "pathology": vocabulary.FINDING_NAMES}[key]
    expected = (len(names), size, size)
    try:
        channels = load_channels(file)
    except Exception as error:  # nibabel, gzip and zlib each raise types of their own on broken files
        raise InputError(key, file, "a readable NIfTI file", "write it again") from error
    if channels.shape != expected or channels.max() > 1:
        raise InputError(
            key, f"{file} of shape {channels.shape}", f"0 and 1 in {expected}", "see docs/reference/bundles.md"
        )
    return channels
