# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Hospital radiographs in, DICOM objects of the same study out: segmentations, a measurement report, an outlined copy.

Takes CR and DX files; gives datasets that an archive takes beside the images.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pydicom
from pydicom.dataset import Dataset
from tqdm import tqdm

from aurad_monai.archive.capture import Picture, make_capture, outlined
from aurad_monai.archive.observe import PRESENT, Observer, Seen
from aurad_monai.archive.raster import Mask, to_stored
from aurad_monai.archive.report import make_report
from aurad_monai.errors import InputError
from aurad_monai.export.dicom_segmentation import Equipment, Uid, make_segmentations
from aurad_monai.io.radiograph import Radiograph, open_radiograph

NEEDED = ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID")
OPEN = ("PatientID", "PatientName", "PatientBirthDate", "PatientSex", "StudyID", "StudyDate", "StudyTime")
OPEN_TOO = ("AccessionNumber", "ReferringPhysicianName")
"""Attributes that every object of the study states, empty where the image has none."""
SHOWN = 1024
"""Edge of the outlined copy in pixels."""
FRAME = 256
SERIES = 9001
"""Number of the first series, behind those of a study."""
Objects = dict[str, Dataset]


@dataclass(frozen=True)
class Analyzed:
    """What was made of one image.

    Args:
        seen: by the experts.
        objects: name of the file, without its ending, to the object.
    """

    seen: Seen
    objects: Objects


def analyze(path: Path, observer: Observer, anatomy: Mask | None = None) -> Analyzed:
    """Look at one radiograph.

    Args:
        path: a frontal CR or DX image.
        observer: experts.
        anatomy: (3, S, S) where it is segmented already.

    Raises:
        InputError: it cannot be read, or is no image of a study.
    """
    radiograph = open_radiograph(path)
    framed = radiograph.framed(FRAME)
    chest = observer.gate.anatomy("radiograph", path, framed)  # refuses what is no frontal chest of an adult
    seen = observer(framed, chest if anatomy is None else anatomy)
    source = read_source(path)
    picture = outlined(radiograph.framed(SHOWN), seen)
    equipment = replace(observer.equipment, synthesized=str(source.get("SyntheticData", "")) == "YES")
    return Analyzed(seen, make_objects(source, stored(seen, radiograph), picture, equipment))


@dataclass(frozen=True)
class Batch:
    """What became of many files.

    Args:
        found: a record a file: its name, what was seen, or why not, and the objects that were written.
    """

    found: list[dict[str, Any]]

    @property
    def analyzed(self) -> int:
        """How many files were images that could be read."""
        return sum("objects" in record for record in self.found)

    def lines(self) -> Iterator[str]:
        """A line a file for the terminal."""
        for record in self.found:
            yield f"{record['file']}: {record.get('seen') or record['refused']}"

    def datasets(self, folder: Path) -> Iterator[Dataset]:
        """Every object that was written into the folder."""
        for record in self.found:
            for name in record.get("objects", ()):
                yield pydicom.dcmread(folder / name)


def analyze_all(files: Sequence[Path], observer: Observer, folder: Path) -> Batch:
    """Analyze files one by one; each image gets a folder, and `analysis.jsonl` tells of every file.

    Raises:
        InputError: none of them can be read; says why the first cannot.
    """
    batch, first = Batch([]), None
    for number, path in enumerate(tqdm(files, desc="radiographs", unit="file")):
        record: dict[str, Any] = {"file": path.name}
        try:
            made = analyze(path, observer)
        except InputError as error:
            first = first or error
            batch.found.append(record | {"refused": str(error)})
            continue
        place = f"{number:05d}"
        save(made.objects, folder / place)
        record |= {"seen": as_line(made.seen), "objects": [f"{place}/{name}.dcm" for name in made.objects]}
        batch.found.append(record | {"observations": [asdict(item) for item in made.seen.observations]})
    if first is not None and not batch.analyzed:
        raise first
    text = "".join(json.dumps(record) + "\n" for record in batch.found)
    (folder / "analysis.jsonl").write_text(text, encoding="utf-8")
    return batch


def read_source(path: Path) -> Dataset:
    """The header of an image, with what its results have to state."""
    source = pydicom.dcmread(path, stop_before_pixels=True, force=True)
    for name in NEEDED:
        if not source.get(name):
            raise InputError("radiograph", path, f"a DICOM image with {name}", "send it through an archive first")
    for name in (*OPEN, *OPEN_TOO):
        if name not in source:
            setattr(source, name, None)
    return source


def make_objects(source: Dataset, seen: Seen, picture: Picture, equipment: Equipment) -> Objects:
    """Segmentations of structures and findings, the report that refers to them, and the outlined copy.

    Args:
        source: the image.
        seen: observations, with masks in the raster of the image.
        picture: (S, S, 3) uint8, outlined.
        equipment: who made them.
    """
    uid = uids(source, equipment)
    made = make_segmentations(source, seen.masks, equipment, uid, SERIES)
    findings = {item.name: made[item.name] for item in seen.observations if item.name in made}
    last = SERIES + len(made)
    report = make_report(source, seen, findings, equipment, uid, last)
    return {**made, "report": report, "outlined": make_capture(source, picture, equipment, uid, last + 1)}


def stored(seen: Seen, radiograph: Radiograph) -> Seen:
    """The same with masks in the raster of the image."""
    masks = {name: to_stored(mask, *radiograph.stored, radiograph.geometry) for name, mask in seen.masks.items()}
    return replace(seen, masks=masks)


def uids(source: Dataset, equipment: Equipment) -> Uid:
    """UIDs that follow from the image and the weights: analyzing twice gives the same objects, new weights others."""

    def uid(part: str) -> str:
        name = f"aurad-monai/{source.SOPInstanceUID}/{equipment.version}/{equipment.weights}/{part}"
        return f"2.25.{uuid.uuid5(uuid.NAMESPACE_URL, name).int}"  # PS3.5 B.2

    return uid


def save(objects: Mapping[str, Dataset], folder: Path) -> None:
    """Write objects into a folder, NAME.dcm each."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, dataset in objects.items():
        dataset.save_as(folder / f"{name}.dcm", enforce_file_format=True)


def as_line(seen: Seen) -> str:
    """What was seen, in a line."""
    return ", ".join(item.name for item in seen.observations if item.state == PRESENT) or "no finding"
