# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Open a DICOM radiograph that a user names, as a viewer would show it, or say in one line why it cannot be used.

In: a path. Out: pixels of the stored raster, the geometry that brings them upright, and the tags.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pydicom
from pydicom.pixels.processing import apply_color_lut
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from aurad_monai.errors import InputError
from aurad_monai.io.dicom_gray import as_shown
from aurad_monai.io.dicom_syntax import decode
from aurad_monai.io.dicom_tags import Tags, tags_of
from aurad_monai.io.frame import LARGEST, SMALLEST
from aurad_monai.io.geometry import MAX_ASPECT, Geometry, direction_letters, turn_of
from aurad_monai.io.gray import one_channel, unit_range
from aurad_monai.io.picture_file import SIDES

MODALITIES = ("CR", "DX")
LATERAL_VIEWS = ("LL", "RL", "LAT", "LATERAL", "RLL", "LLL")
DEFLATED = "1.2.840.10008.1.2.1.99"
COLORS = ("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT", "PALETTE COLOR")
"""Photometric interpretations that are read where all channels are equal, beside MONOCHROME1 and 2."""

FloatArray = npt.NDArray[np.float32]


def read_dicom(path: str | Path, argument: str = "radiograph") -> tuple[FloatArray, Geometry, Tags]:
    """Read a frontal CR or DX image.

    Args:
        path: a DICOM file.
        argument: what error messages call the file.

    Returns:
        (H, W) float32 in [0, 1] in the stored raster: modality transform, VOI, MONOCHROME1 inverted, padding black; how
        that raster is shown; and what the tags say.

    Raises:
        InputError: not readable, or not a single-frame gray frontal radiograph.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pydicom warns of every value that breaks the standard
            dataset = _open(path, argument)
            _check_header(dataset, path, argument)
            tags = tags_of(dataset)
            geometry = _geometry(dataset, tags, path, argument)
            return _gray(dataset, path, argument), geometry, tags
    except InputError:
        raise
    except Exception as error:  # pydicom raises at least seven types on broken files
        step = "decompress it (for example gdcmconv --raw) or export it again"
        raise InputError(argument, path, "a complete DICOM image", step, reason="unreadable pixels") from error


def _open(path: str | Path, argument: str) -> pydicom.Dataset:
    """Read the file; a deflated one is refused, since it inflates to any size before its header can be seen."""
    with Path(path).open("rb") as stream:
        preamble = stream.read(132)[128:] == b"DICM"
    if preamble and str(pydicom.filereader.read_file_meta_info(path).get("TransferSyntaxUID", "")) == DEFLATED:
        allowed, step = "a DICOM file that is not deflated", "convert its transfer syntax"
        raise InputError(argument, path, allowed, step, reason="deflated")
    dataset = pydicom.dcmread(path, force=not preamble)
    if not dataset.file_meta.get("TransferSyntaxUID"):  # files without a preamble name none
        implicit, little = dataset.original_encoding
        explicit = ExplicitVRLittleEndian if little else ExplicitVRBigEndian
        dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if implicit else explicit
    return dataset


def _check_header(dataset: pydicom.Dataset, path: str | Path, argument: str) -> None:
    def refuse(what: str, allowed: str, reason: str, step: str = "choose another file") -> None:
        raise InputError(argument, f"{path} with {what}", allowed, step, reason)

    modality = str(dataset.get("Modality", ""))
    if modality not in MODALITIES:
        named = f"modality {modality or 'unknown'}"
        refuse(named, "modality " + " or ".join(MODALITIES), named)
    if int(dataset.get("NumberOfFrames", 1) or 1) > 1:
        refuse(f"{dataset.NumberOfFrames} frames", "one frame", "several frames")
    if "PixelData" not in dataset:
        refuse("no pixels", "an image", "no pixels")
    kind, samples = str(dataset.get("PhotometricInterpretation", "")), int(dataset.get("SamplesPerPixel", 1) or 1)
    if not (samples == 1 if kind in ("MONOCHROME1", "MONOCHROME2", COLORS[-1]) else samples == 3 and kind in COLORS):
        shown = f"{kind or 'no PhotometricInterpretation'} of {samples} samples"
        refuse(shown, "MONOCHROME1 or 2, or gray in colors", shown)
    if view := lateral_view(dataset):
        refuse(f"view {view}", "a frontal view (PA or AP)", "lateral")
    rows, columns = int(dataset.Rows), int(dataset.Columns)
    if min(rows, columns) < SMALLEST or max(rows, columns) > LARGEST:
        refuse(f"{columns} x {rows} pixels", SIDES, "too small or large")


def lateral_view(dataset: pydicom.Dataset) -> str:
    """The tag value that says an image is lateral, or nothing: view position, view code or patient orientation."""
    position = str(dataset.get("ViewPosition", "") or "").strip().upper()
    if position in LATERAL_VIEWS:
        return position
    for code in dataset.get("ViewCodeSequence", None) or ():
        meaning = str(code.get("CodeMeaning", ""))
        if "lateral" in meaning.lower() and "decubitus" not in meaning.lower():
            return meaning
    directions = _directions(dataset)
    return "\\".join(directions) if {"A", "P"} & {value[:1] for value in directions} else ""


def _directions(dataset: pydicom.Dataset) -> tuple[str, ...]:
    """Where rows and columns run to, such as ("L", "F"): PatientOrientation, else ImageOrientationPatient, else ()."""
    value = dataset.get("PatientOrientation", None)
    letters = [] if value is None else [value] if isinstance(value, str) else [str(part) for part in value]
    if any(letters):
        return tuple(part.strip().upper() for part in letters)
    cosines = dataset.get("ImageOrientationPatient", None)
    return direction_letters([float(part) for part in cosines]) if cosines is not None and len(cosines) == 6 else ()


def _geometry(dataset: pydicom.Dataset, tags: Tags, path: str | Path, argument: str) -> Geometry:
    """How the stored raster is shown; what the header says of it is used, or refused where it makes no sense."""
    directions = _directions(dataset)
    try:
        turn = turn_of(*directions) if directions else {}
    except (TypeError, ValueError) as error:
        given = "\\".join(directions)
        allowed, step = "rows along left and right, columns along head and feet, or turned", "correct the tag"
        reason = "unknown orientation"
        raise InputError(argument, f"{path} with PatientOrientation {given}", allowed, step, reason) from error
    across, down = tags.spacing or (1.0, tags.aspect)
    if not 1 / MAX_ASPECT <= down / across <= MAX_ASPECT:
        value = f"{path} with pixels of {across:g} x {down:g}"
        raise InputError(argument, value, "pixels that are nearly square", "correct the tag", "pixels not square")
    return Geometry(**turn, aspect=down / across, spacing=tags.spacing)


def _gray(dataset: pydicom.Dataset, path: str | Path, argument: str) -> FloatArray:
    """(rows, columns) in [0, 1] in the stored raster."""
    stored: npt.NDArray[Any] = decode(dataset, path, argument)
    kind = str(dataset.PhotometricInterpretation)
    if kind not in COLORS:
        if stored.ndim != 2:
            raise ValueError(f"pixels must be (rows, columns), but they are {stored.shape}")
        return as_shown(stored, dataset)
    colors = apply_color_lut(stored, dataset) if kind == COLORS[-1] else stored
    return unit_range(one_channel(colors, path, argument))
