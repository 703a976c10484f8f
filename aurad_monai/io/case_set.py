# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Any set of cases by name, read case by case: a run, a folder of radiographs, or a section of a datalist."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from aurad_monai import vocabulary
from aurad_monai.case import Case
from aurad_monai.errors import InputError
from aurad_monai.io.case_folder import CaseFolder, open_image
from aurad_monai.io.datalist import load_channels, read_datalist
from aurad_monai.io.frame import frame_mask
from aurad_monai.io.radiograph import Radiograph
from aurad_monai.io.resize import case_at_most
from aurad_monai.io.table import read_table
from aurad_monai.prompts.finding import ClinicalFindings


class CaseSet(Protocol):
    """Cases by index, each read when it is asked for."""

    def __len__(self) -> int: ...
    def __getitem__(self, index: int, /) -> Case: ...


class DatalistCases:
    """Cases of a datalist; one that is listed several times counts once.

    Args:
        listed: cases with `id` and `image`, and files of `anatomy` and `pathology` as far as they have them.
        size: edge of the frame that everything is padded and resized to.
    """

    def __init__(self, listed: Sequence[Mapping[str, Any]], size: int = 256) -> None:
        self.listed = list({str(case.get("id", case.get("image"))): case for case in listed}.values())
        self.size = size

    def __len__(self) -> int:
        return len(self.listed)

    def __getitem__(self, index: int) -> Case:
        """Read one case; a file that cannot be read becomes its `fault`."""
        case = self.listed[index]
        name, source = str(case.get("id", Path(str(case.get("image"))).stem)), str(case.get("image", ""))
        patient, whose = ClinicalFindings((), case.get("view"), case.get("sex"), case.get("age")), case.get("patient")
        try:
            radiograph = open_image(Path(case["image"]))
            image = radiograph.framed(self.size)
            anatomy, pathology = (self._channels(case.get(key)) for key in ("anatomy", "pathology"))
            _check_held(case, pathology)
            spacing = _spacing(case, radiograph, self.size)
            return Case(
                name,
                resolved=patient,
                anatomy=anatomy,
                pathology=pathology,
                image=image,
                spacing=spacing,
                source=source,
                patient=str(whose or ""),
            )
        except Exception as error:  # nibabel, gzip and numpy each raise types of their own on broken files
            return Case(name, resolved=patient, fault=" ".join(str(error).split())[:200], source=source)

    def _channels(self, path: str | None) -> npt.NDArray[np.uint8] | None:
        if not path:
            return None
        return np.stack([frame_mask(channel, self.size) for channel in load_channels(Path(path))])


def _check_held(case: Mapping[str, Any], pathology: npt.NDArray[np.uint8] | None) -> None:
    """Make sure that findings of which the datalist says that they have a mask have one."""
    for name, origin in dict(case.get("masks") or {}).items():
        if origin and pathology is not None and not pathology[vocabulary.channel(name)].any():
            value = f"{case.get('pathology')}, whose mask of {name} is empty"
            raise InputError("pathology", value, f"the {origin} of it", "prepare the set again", reason="empty mask")


def _spacing(case: Mapping[str, Any], radiograph: Radiograph, size: int) -> float | None:
    """Mm a pixel of the frame: of the tags of the radiograph, else of the datalist, which states it for its files."""
    stated = radiograph.framed_spacing(size)
    listed = case.get("spacing")
    if stated is not None or not isinstance(listed, int | float):
        return stated
    scale: float = max(radiograph.pixels.shape) / size
    return float(listed) * scale


class ChosenCases:
    """Some cases of a set, in an order of their own."""

    def __init__(self, cases: CaseSet, indices: Sequence[int]) -> None:
        self.cases, self.indices = cases, list(indices)

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, index: int) -> Case:
        return self.cases[self.indices[index]]


class SizedCases:
    """A set whose larger cases are averaged down to a size, such as those of a run.

    Args:
        cases: of any size.
        size: edge in pixels.
    """

    def __init__(self, cases: CaseSet, size: int) -> None:
        self.cases, self.size = cases, size

    def __len__(self) -> int:
        return len(self.cases)

    def __getitem__(self, index: int) -> Case:
        return case_at_most(self.cases[index], self.size)


def native_edge(cases: CaseSet) -> int:
    """Longer side in pixels of the first image of a set that can be read, as its file has it; 0 where there is none."""
    for index in range(len(cases)):
        try:
            found = _native(cases, index)
        except (InputError, OSError, KeyError):
            continue
        if found:
            return found
    return 0


def _native(cases: CaseSet, index: int) -> int:
    if isinstance(cases, ChosenCases):
        return _native(cases.cases, cases.indices[index])
    if isinstance(cases, DatalistCases):
        return int(max(open_image(Path(cases.listed[index]["image"])).pixels.shape))
    case = cases[index]
    if case.image is None:
        return 0
    path = case.files.get("image")
    return int(case.image.shape[-1] if path is None else max(open_image(path).pixels.shape))


ROLE_SECTIONS = {"synthetic": "training", "reference": "validation", "train": "training", "masks": "validation"}
"""Section of a datalist that stands for a set in an evaluation, where its name names none."""


def open_cases(name: str, section: str = "validation", size: int = 256) -> CaseSet:
    """Open a set of cases.

    Args:
        name: a folder of a run, of radiographs, or with datalist.json; the last as FOLDER, FOLDER:SECTION or
            FOLDER:SECTION:KIND,KIND, which keeps cases whose `kind` is one of those.
        section: of a datalist where `name` names none.
        size: edge of the frame.

    Raises:
        InputError: there is no such folder, section or kind, or nothing in it.
    """
    folder, *rest = name.split(":")
    if not (Path(folder) / "datalist.json").is_file() or (Path(folder) / "manifest.jsonl").is_file():
        return _with_images(CaseFolder(name, size))
    try:
        listed = read_datalist(folder, rest[0] if rest and rest[0] else section, "image")
    except (ValueError, AttributeError, TypeError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError("folder", name, "a folder whose datalist.json lists cases", "correct it") from error
    kinds = [kind for kind in rest[1].split(",") if kind] if len(rest) > 1 else []
    known = sorted({str(case.get("kind")) for case in listed})
    if unknown := [kind for kind in kinds if kind not in known]:
        raise InputError("folder", name, f"kinds {', '.join(known)}", f"there is no kind {unknown[0]}")
    chosen = [case for case in listed if not kinds or str(case.get("kind")) in kinds]
    if not chosen:
        raise InputError("folder", name, "a section with images", "see its datalist.json")
    return DatalistCases(chosen, size)


def _with_images(folder: CaseFolder) -> CaseSet:
    """Of a run only what is part of its dataset: accepted cases whose image was written."""
    kept = folder.with_images()
    if not kept:
        raise InputError("folder", folder.root, "a run with accepted cases", "generate more, or lower its criteria")
    return folder if len(kept) == len(folder) else ChosenCases(folder, kept)


def read_patients(path: str | Path | None) -> dict[str, str]:
    """Patients by the id of a case, of a table with the columns id and patient; empty where there is no table.

    Raises:
        InputError: the table cannot be read or lacks a column.
    """
    if path is None:
        return {}
    rows = read_table(path, ("id", "patient"), "patients")
    return {row["id"]: row["patient"] for row in rows if row["patient"]}


def patient_of(case: Case, patients: Mapping[str, str], name: str = "case") -> str:
    """Whose radiograph a case is: of the table, else of its datalist, else a patient of its own, called by its set."""
    return patients.get(case.id) or case.patient or f"{name} {case.id}"


def patients_of(cases: CaseSet, indices: Sequence[int], patients: Mapping[str, str], name: str = "case") -> list[str]:
    """`patient_of` some cases of a set; those of a datalist are not read for it."""
    if isinstance(cases, ChosenCases):
        return patients_of(cases.cases, [cases.indices[index] for index in indices], patients, name)
    if isinstance(cases, DatalistCases):
        listed = [cases.listed[index] for index in indices]
        known = [Case(str(case.get("id", "")), patient=str(case.get("patient") or "")) for case in listed]
        return [patient_of(case, patients, name) for case in known]
    return [patient_of(cases[index], patients, name) for index in indices]


def has_masks(case: Case) -> bool:
    """Whether both lungs and the masks of all findings are known."""
    return (
        case.anatomy is not None
        and case.pathology is not None
        and len(case.pathology) == len(vocabulary.FINDING_NAMES)
        and bool(case.anatomy[0].any() and case.anatomy[1].any())
    )
