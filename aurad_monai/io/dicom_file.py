# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Open a DICOM radiograph that a user names, as a viewer would show it, or say in one line why it cannot be used."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pydicom
from pydicom.pixels.processing import apply_modality_lut, apply_voi

from aurad_monai.errors import InputError
from aurad_monai.io.frame import LARGEST, SMALLEST
from aurad_monai.io.picture_file import SIDES

MODALITIES = ("CR", "DX")
LATERAL_VIEWS = ("LL", "RL", "LAT", "LATERAL", "RLL", "LLL")
DEFLATED = "1.2.840.10008.1.2.1.99"

FloatArray = npt.NDArray[np.float32]
DoubleArray = npt.NDArray[np.float64]


def read_dicom(path: str | Path, argument: str = "radiograph") -> FloatArray:
    """Read a frontal CR or DX image.

    Args:
        path: a DICOM file.
        argument: what error messages call the file.

    Returns:
        (H, W) float32 in [0, 1]: windowed, MONOCHROME1 inverted, padding black, patient's right on the image's left.

    Raises:
        InputError: not readable, or not a single-frame gray frontal radiograph.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pydicom warns of every value that breaks the standard
            dataset = _open(path, argument)
            _check_header(dataset, path, argument)
            return _frontal(_as_shown(dataset), dataset)
    except InputError:
        raise
    except Exception as error:  # pydicom raises at least seven types on broken files
        step = "decompress it (for example gdcmconv --raw) or export it again"
        raise InputError(argument, path, "a complete DICOM image", step) from error


def _open(path: str | Path, argument: str) -> pydicom.Dataset:
    """Read the file; a deflated one is refused, since it inflates to any size before its header can be seen."""
    with Path(path).open("rb") as stream:
        preamble = stream.read(132)[128:] == b"DICM"
    if preamble and str(pydicom.filereader.read_file_meta_info(path).get("TransferSyntaxUID", "")) == DEFLATED:
        raise InputError(argument, path, "a DICOM file that is not deflated", "convert its transfer syntax")
    return pydicom.dcmread(path, force=not preamble)


def _check_header(dataset: pydicom.Dataset, path: str | Path, argument: str) -> None:
    def refuse(what: str, allowed: str, step: str = "choose another file") -> None:
        raise InputError(argument, f"{path} with {what}", allowed, step)

    modality = str(dataset.get("Modality", ""))
    if modality not in MODALITIES:
        refuse(f"modality {modality or 'unknown'}", "modality " + " or ".join(MODALITIES))
    if int(dataset.get("NumberOfFrames", 1) or 1) > 1:
        refuse(f"{dataset.NumberOfFrames} frames", "one frame")
    if not str(dataset.get("PhotometricInterpretation", "")).startswith("MONOCHROME"):
        refuse(str(dataset.get("PhotometricInterpretation", "no PhotometricInterpretation")), "MONOCHROME1 or 2")
    if view := lateral_view(dataset):
        refuse(f"view {view}", "a frontal view (PA or AP)")
    if "PixelData" not in dataset:
        refuse("no pixels", "an image")
    rows, columns = int(dataset.Rows), int(dataset.Columns)
    if min(rows, columns) < SMALLEST or max(rows, columns) > LARGEST:
        refuse(f"{columns} x {rows} pixels", SIDES)


def lateral_view(dataset: pydicom.Dataset) -> str:
    """The tag value that says an image is lateral, or nothing: view position, view code or patient orientation."""
    position = str(dataset.get("ViewPosition", "") or "").strip().upper()
    if position in LATERAL_VIEWS:
        return position
    for code in dataset.get("ViewCodeSequence", None) or ():
        meaning = str(code.get("CodeMeaning", ""))
        if "lateral" in meaning.lower() and "decubitus" not in meaning.lower():
            return meaning
    return "\\".join(_orientation(dataset)) if _orientation(dataset)[0][:1] in ("A", "P") else ""


def _orientation(dataset: pydicom.Dataset) -> tuple[str, str]:
    """Where rows and columns run to (PS3.3 C.7.6.1.1.1), such as ("L", "F"); empty where not given."""
    value = dataset.get("PatientOrientation", None)
    if value is None or isinstance(value, str) or len(value) != 2:
        return "", ""
    return str(value[0]).upper(), str(value[1]).upper()


def _as_shown(dataset: pydicom.Dataset) -> FloatArray:
    stored = dataset.pixel_array
    if stored.ndim != 2:
        raise ValueError(f"pixels must be (rows, columns), but they are {stored.shape}")
    shown = np.clip(_window(stored, dataset), 0.0, 1.0)
    if dataset.PhotometricInterpretation == "MONOCHROME1":
        shown = 1.0 - shown
    padding = dataset.get("PixelPaddingValue", None)
    return np.asarray(shown if padding is None else np.where(stored == padding, 0.0, shown), dtype=np.float32)


def _window(stored: npt.NDArray[Any], dataset: pydicom.Dataset) -> npt.NDArray[np.floating[Any]]:
    """Stored values to [0, 1] by VOI LUT, else by window, else by the range of the bits stored."""
    if dataset.get("VOILUTSequence", None):
        bits = int(dataset.VOILUTSequence[0].LUTDescriptor[2])
        return np.asarray(apply_voi(apply_modality_lut(stored, dataset), dataset)) / (2.0**bits - 1.0)
    center, width = _first(dataset.get("WindowCenter", None)), _first(dataset.get("WindowWidth", None))
    if center is not None and width is not None:
        values = np.asarray(apply_modality_lut(stored, dataset), dtype=np.float64)
        return _apply_window(values, center, width, str(dataset.get("VOILUTFunction", "LINEAR") or "LINEAR"))
    bits = int(dataset.BitsStored)
    lowest = -(2.0 ** (bits - 1)) if dataset.PixelRepresentation == 1 else 0.0
    return (stored - lowest) / (2.0**bits - 1.0)


def _apply_window(values: DoubleArray, center: float, width: float, function: str) -> DoubleArray:
    """Window center and width to [0, 1], DICOM PS3.3 C.11.2.1.2 and C.11.2.1.3."""
    if function == "SIGMOID":
        return 1.0 / (1.0 + np.exp(np.clip(-4.0 * (values - center) / width, -60.0, 60.0)))
    if function == "LINEAR_EXACT":
        return (values - center) / width + 0.5
    return (values - (center - 0.5)) / max(width - 1.0, 1e-6) + 0.5


def _first(value: Any) -> float | None:
    """The first of several windows; a viewer shows that one."""
    if value is None or value == "":
        return None
    return float(value if np.isscalar(value) or not hasattr(value, "__getitem__") else value[0])


def _frontal(picture: FloatArray, dataset: pydicom.Dataset) -> FloatArray:
    """Mirror an image whose rows run to the patient's right or whose columns run to the head."""
    across, down = _orientation(dataset)
    picture = picture[:, ::-1] if across[:1] == "R" else picture
    return np.ascontiguousarray(picture[::-1] if down[:1] == "H" else picture)
